// PROTOCOL.md, the golden vectors and the server's sources agree: every table of the document is compared with the code or the vectors
// that it describes, in both directions. What the vectors say is tried elsewhere (test_flow_vectors.c, e2e/protocol.test.mjs, ...).
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(root, 'include', 'boothcast');
const text = readFileSync(join(folder, 'PROTOCOL.md'), 'utf8');
const vectors = Object.fromEntries(
  readdirSync(join(folder, 'vectors')).map((name) => [name, JSON.parse(readFileSync(join(folder, 'vectors', name), 'utf8'))]),
);
const shapes = vectors['shapes.json'];

// ---- the document: sections by their heading, tables as rows of cells ----

const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((found) => found[1]);

/** The text under a heading, up to the next one of any level. */
function section(heading) {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  assert.ok(at >= 0, `PROTOCOL.md has no section "${heading}"`);
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => /^#+ /.test(line));
  return (end < 0 ? rest : rest.slice(0, end)).join('\n');
}

/** The rows of the first table of a section whose head has this word in its first cell; a row is a list of cells. */
function table(heading, first) {
  const tables = section(heading)
    .split(/\n(?!\|)/)
    .map((block) => block.split('\n').filter((line) => line.startsWith('|')))
    .filter((lines) => lines.length > 2);
  const rows = tables.map((lines) => lines.map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim())));
  const found = rows.find(([head]) => head[0] === first);
  assert.ok(found, `"${heading}" has no table of "${first}"`);
  return found.slice(2);
}

const bare = (cell) => cell.replaceAll('`', '');
const words = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map((found) => found[1]);

// ---- the code ----

function sources(place) {
  return readdirSync(place, { withFileTypes: true }).flatMap((entry) => {
    const path = join(place, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.[ch]$/.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
  });
}
const server = sources(join(root, 'server')).join('\n');
const headers = sources(join(root, 'include')).join('\n');

/** What stands between the braces behind this text. */
function initializer(code, behind) {
  const at = code.indexOf(behind);
  assert.ok(at >= 0, `no "${behind}" in the code`);
  return code.slice(at, code.indexOf('};', at));
}

describe('PROTOCOL.md and the code', () => {
  test('every error code, with its close code and HTTP status', () => {
    const closes = Object.fromEntries([...headers.matchAll(/\b(CLOSE_\w+) = (\d+)/g)].map(([, name, code]) => [name, code]));
    const pattern = /\[STATUS_\w+\] = \{"(\w+)",\s*"(?:[^"\\]|\\.)*",\s*(CLOSE_\w+), (\d+)\}/g;
    const code = [...server.matchAll(pattern)].map(([, word, close, http]) => [word, close === 'CLOSE_NONE' ? '' : closes[close], http]);
    const count = initializer(headers, 'enum status {').match(/\bSTATUS_\w+/g).length - 1;
    assert.equal(code.length, count, 'the pattern finds every row of the server');
    assert.deepEqual(table('Errors', 'code').map((row) => [bare(row[0]), row[1], row[2]]), code);
  });

  test('every close code', () => {
    const used = [...headers.matchAll(/\bCLOSE_\w+ = (\d+)/g)].map((found) => found[1]).filter((code) => code !== '0');
    const said = table('WebSocket', 'close code').flatMap((row) => row[0].split(', '));
    assert.deepEqual(used.filter((code) => !said.includes(code)), []);
  });

  test('every message type, with its verb', () => {
    const pattern = /\{"(\w+)", (?:VERB_(\w+)|0), (?:true|false), \w+\}/g;
    const code = [...initializer(server, 'struct message_type types[]').matchAll(pattern)].map(([, type, verb]) => [type, (verb ?? '').toLowerCase()]);
    assert.ok(code.length > 10);
    const said = table('Client to server', 'type').map((row) => [bare(row[0]), bare(row[1])]);
    assert.deepEqual(Object.fromEntries(said), Object.fromEntries(code));
    assert.deepEqual(Object.keys(shapes.client).sort(), code.map(([type]) => type).sort());
  });

  test('every action of operate', () => {
    const code = [...initializer(server, 'actions[] = {').matchAll(/\{"(\w+)", \w+\}/g)].map((found) => found[1]);
    assert.ok(code.length > 5);
    assert.deepEqual(table('`operate`', 'action').map((row) => bare(row[0])).sort(), [...code].sort());
    assert.deepEqual(Object.keys(shapes.operate).sort(), [...code].sort());
  });

  test('every message of the server', () => {
    const code = new Set([...server.matchAll(/"type", (?:json_string\()?"(\w+)"/g), ...server.matchAll(/\{\\"type\\":\\"(\w+)\\"/g)].map((found) => found[1]));
    for (const type of Object.keys(shapes.client)) if (!shapes.server[type]) code.delete(type); // the command line's own clients
    const said = table('Server to client', 'type').map((row) => bare(row[0]));
    assert.deepEqual([...code].sort(), [...said].sort());
    assert.deepEqual(Object.keys(shapes.server).sort(), [...said].sort());
  });

  test('every route', () => {
    const gateway = sources(join(root, 'server', 'gateway')).join('\n');
    const compared = [...gateway.matchAll(/(?:strcmp|strncmp|begins)\(path, "(\/[a-z]*)\/?"/g)].map((found) => found[1]);
    const pages = [...gateway.matchAll(/\{"(\/[a-z]*)", "\/\w+\.html"\}/g)].map((found) => found[1]);
    assert.ok(compared.length > 5 && pages.length > 3);
    const said = table('HTTP', 'route').map((row) => bare(row[0]).replace(/(?<=.)\/.*/, ''));
    assert.deepEqual([...new Set([...compared, ...pages, '/assets'])].sort(), [...new Set(said)].sort());
  });

  test('every bound, with its value', () => {
    const limits = readFileSync(join(folder, 'limits.h'), 'utf8').replaceAll('\\\n', ' ');
    const defined = new Map([...limits.matchAll(/^#define (\w+)\s+([^/\n]+?)\s*(?:\/\*.*)?$/gm)].map((found) => [found[1], found[2]]));
    const valueOf = (expression) => Number(eval(expression.replace(/[A-Z]\w+/g, (name) => `(${valueOf(defined.get(name))})`)));
    const rows = table('Bounds', 'name').map((row) => [bare(row[0]), row[1]]);
    for (const [name, value] of rows) {
      assert.ok(defined.has(name), `limits.h has no ${name}`);
      assert.equal(valueOf(defined.get(name)), Number(value), name);
    }
    const wire = limits.slice(limits.indexOf('--- wire ---')).split('/* ---')[0];
    const unsaid = [...wire.matchAll(/^#define (\w+) /gm)].map((found) => found[1]).filter((name) => !rows.some(([known]) => known === name));
    assert.deepEqual(unsaid, [], 'a bound that a client can meet stands in the document');
  });
});

describe('PROTOCOL.md and the vectors', () => {
  test('every file is named', () => {
    const said = [...text.matchAll(/^\| `(\w+\.json)` \|/gm)].map((found) => found[1]);
    assert.deepEqual([...said].sort(), Object.keys(vectors).sort());
  });

  /** The fields of a section's table as those of a shape: { 'name?': cell of the type }. */
  const fieldsOf = (heading) => Object.fromEntries(table(heading, 'field').map((row) => [bare(row[0]), row[1]]));

  /** Where a shape has a list of words, the document has the same, or refers to where they are. */
  function assertSame(heading, shape) {
    const fields = fieldsOf(heading);
    assert.deepEqual(Object.keys(fields).sort(), Object.keys(shape).sort(), heading);
    for (const [name, type] of Object.entries(shape)) {
      const cell = fields[name];
      const listed = [...type.matchAll(/'([^']*)'/g)].map((found) => found[1]).filter(Boolean);
      if (listed.length > 1 && cell.includes('`')) assert.deepEqual(words(cell), listed, `${heading}: ${name}`);
      const object = /([A-Z]\w+)/.exec(type)?.[1];
      if (object) assert.match(cell, new RegExp(`\\[${object}\\]`), `${heading}: ${name}`);
      if (type.startsWith('[')) assert.match(cell, /list/, `${heading}: ${name}`);
      if (type === 'boolean' || type === 'number' || type === 'integer') assert.match(cell, new RegExp(`^(${type}|\\d)`), `${heading}: ${name}`);
    }
  }

  test('the fields of messages to the server', () => {
    for (const [type, shape] of Object.entries(shapes.client)) assertSame(`\`${type}\``, shape);
  });

  test('the fields of messages of the server', () => {
    for (const [type, shape] of Object.entries(shapes.server)) assertSame(shapes.client[type] ? `\`${type}\` (server)` : `\`${type}\``, shape);
  });

  test('the fields of objects', () => {
    for (const [name, shape] of Object.entries(shapes.objects)) assertSame(name, shape);
  });

  test('the arguments of operate', () => {
    for (const [action, fields] of table('`operate`', 'action')) {
      const said = [...fields.matchAll(/`(\w+\??)`:/g)].map((found) => found[1]);
      assert.deepEqual(said, Object.keys(shapes.operate[bare(action)]), action);
    }
  });

  test('the verbs of every role', () => {
    const [head] = section('Roles').split('\n').filter((line) => line.startsWith('| role'));
    const verbs = words(head);
    const cases = vectors['messages.json'].groups.find((group) => group.name === 'roles').cases;
    const said = table('Roles', 'role').map((row) => [bare(row[0]), verbs.filter((_, i) => row[i + 1] === 'yes')]);
    const tried = cases.map((one) => [one.name, one.steps.find((step) => step.expect).message.can]);
    assert.deepEqual(Object.fromEntries(said), Object.fromEntries(tried));
  });

  test('the examples of binary messages', () => {
    for (const [heading, list] of [['Server to client: 12 bytes, then one Opus packet (mono, 48 kHz)', 'down'], ['Client to server: 16 bytes, then one Opus packet or samples', 'up']]) {
      const hex = /^((?:[0-9a-f]{2} )+)/m.exec(section(heading))[1].replaceAll(' ', '');
      assert.equal(hex, vectors['headers.json'][list][0].hex);
    }
  });

  test('the claims of tickets', () => {
    const said = table('Tickets', 'claim').map((row) => bare(row[0]));
    const tried = [...vectors['tickets.json'].tickets, ...vectors['tickets.json'].resume_tokens].flatMap((one) => Object.keys(one.claims ?? {}));
    assert.deepEqual([...new Set(tried)].sort(), [...said].sort());
  });

  test('every error code is met by some vector, or there is a reason', () => {
    const elsewhere = {
      ok: 'no error',
      too_slow: 'a client that does not read: flow tests',
      skipped: 'a client that does not read: flow tests',
      restarting: 'the end of the server: flow tests',
    };
    const met = new Set(Object.keys(elsewhere));
    const look = (value) => {
      if (value === null || typeof value !== 'object') return;
      if (typeof value.code === 'string') met.add(value.code);
      if (Array.isArray(value.codes)) value.codes.forEach((code) => met.add(code));
      Object.values(value).forEach(look);
    };
    Object.values(vectors).forEach(look);
    const codes = table('Errors', 'code').map((row) => bare(row[0]));
    assert.deepEqual(codes.filter((code) => !met.has(code)), []);
  });

  test('every message type is said by some vector', () => {
    const said = new Set();
    const look = (value) => {
      if (value === null || typeof value !== 'object') return;
      if (value.text?.type) said.add(value.text.type);
      Object.values(value).forEach(look);
    };
    look(vectors['messages.json']);
    assert.deepEqual(Object.keys(shapes.client).filter((type) => !said.has(type)), []);
  });
});

describe('PROTOCOL.md by itself', () => {
  test('its links lead somewhere', () => {
    const seen = new Map();
    const slugs = headings.map((heading) => {
      const slug = heading.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-');
      const before = seen.get(slug) ?? 0;
      seen.set(slug, before + 1);
      return before === 0 ? slug : `${slug}-${before}`;
    });
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map((found) => found[1]);
    assert.ok(links.length > 20);
    assert.deepEqual(links.filter((link) => !slugs.includes(link)), []);
  });

  test('its JSON is JSON', () => {
    for (const [, code] of text.matchAll(/```json\n([\s\S]*?)```/g)) JSON.parse(code);
  });
});
