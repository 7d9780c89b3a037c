// What a benchmark needs before it begins: recorded speech, a certificate, and the settings of an event.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';

const voice = '/usr/share/asterisk/sounds/en_US_f_Allison/demo-instruct.wav';
const languages = 'en fr es ru ar zh cs da de el et fi he hi hu id it ja ko lt lv nl no pl pt ro sk sl sv th tr'.split(' ');

/** Speech as WAV, 48 kHz mono, that lasts so long; the path of the file. */
export function makeSpeech(bench, seconds) {
  if (!existsSync(voice)) throw new Error(`${voice} is missing. Install the package asterisk-core-sounds-en-wav.`);
  const file = bench.file('speech.wav');
  const form = ['-ar', '48000', '-ac', '1', '-c:a', 'pcm_s16le'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-stream_loop', '-1', '-i', voice, '-t', String(seconds), ...form, file]);
  return file;
}

/** A certificate of the cheapest kind to serve, P-256: { certificate, key, both }, paths. */
export function makeCertificate(bench) {
  const paths = { certificate: bench.file('certificate.pem'), key: bench.file('key.pem'), both: bench.file('both.pem') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', paths.key, '-out', paths.certificate];
  execFileSync('openssl', ['req', '-x509', ...curve, '-days', '1', '-subj', '/CN=localhost', ...files], { stdio: 'ignore' });
  writeFileSync(paths.both, execFileSync('cat', [paths.certificate, paths.key]));
  return paths;
}

/**
 * An event whose channels nobody interprets, so that all of them carry the floor. The rooms are hall1, hall2, ...; of 32 channels one is
 * the floor itself, which is always there.
 */
export function eventText({ channels = 1, rooms = 1, secure } = {}) {
  const numbers = Array.from({ length: Math.min(channels, languages.length) }, (_, i) => i + 1);
  const channel = (number) => `      - {number: ${number}, language: ${languages[number - 1]}}\n`;
  const room = (number) => `  - id: hall${number}
    name: {en: Hall ${number}}
    floor_language: en
    channels:
${numbers.map(channel).join('')}`;
  return `event: {id: bench, name: {en: Benchmark}}
server:
  connections: 20000
${secure ? `  certificate: ${secure.certificate}\n  key: ${secure.key}\n` : ''}rooms:
${Array.from({ length: rooms }, (_, i) => room(i + 1)).join('')}`;
}
