// Settings files that tests make themselves.

// ISO 639 codes of languages, enough for the most channels that a room may have.
const languages = [
  'zh', 'en', 'fr', 'es', 'ru', 'ar', 'de', 'it', 'pt', 'ja', 'ko', 'hi', 'bn', 'tr', 'pl', 'nl', 'sv', 'fi', 'da', 'nb', 'cs', 'sk', 'hu', 'ro', 'bg',
  'el', 'he', 'th', 'vi', 'id', 'uk',
];

const sixNames = (text) => `{${['zh', 'en', 'fr', 'es', 'ru', 'ar'].map((language) => `${language}: "${text}"`).join(', ')}}`;

// The largest settings that the server accepts, as YAML: rooms with as many channels, desks and titled sessions as fit.
export function largestSettings({ rooms = 16, channels = 31, sessions = 64, title = '李雷'.repeat(10) } = {}) {
  const room = (number) => [
    `  - id: room-${number}`,
    `    name: ${sixNames(title)}`,
    '    inputs:',
    `      - {id: main, name: ${sixNames(title)}}`,
    '    channels:',
    ...languages.slice(0, channels).map((tag, i) => `      - {number: ${i + 1}, language: ${tag}}`),
    '    booths:',
    ...languages.slice(0, channels).map((tag) => `      - {id: b-${tag}, outputs: [${tag}], desks: 2}`),
    '    programme:',
    ...Array.from({ length: sessions }, (_, i) => {
      const day = 1 + Math.floor(i / 22), hour = String(i % 22).padStart(2, '0');
      return `      - {starts: 2025-03-0${day} ${hour}:00, ends: 2025-03-0${day} ${hour}:55, title: ${sixNames(title)}, language: zh}`;
    }),
  ];
  return ['event:', '  id: large', `  name: ${sixNames(title)}`, 'rooms:', ...Array.from({ length: rooms }, (_, i) => room(i + 1)).flat(), ''].join('\n');
}
