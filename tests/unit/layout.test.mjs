// Who may include whom. The folders of the server stand in ranks; a file sees its own folder and lower ranks, and folders of one
// rank are blind to each other. Libraries that are wrapped stay in the folder that wraps them.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const ranks = [
  ['boothcast'], // include/: what two parties agree on
  ['base'],
  ['audio'],
  ['settings'],
  ['gateway', 'ingest', 'room', 'encode', 'fanout'],
  ['edge'],
  ['channel'],
  ['stage'],
  ['record', 'monitor', 'cluster'],
  ['control'],
  ['command'],
  ['load'], // tests/load: the subcommand bench
  ['.'], // server/*.c: main, serve, server, beat, demo
];

const wrapped = {
  'libwebsockets.h': ['gateway'],
  'liburing.h': ['gateway'],
  'openssl/': ['gateway', 'load'],
  'uv.h': ['base'],
  'yaml.h': ['settings'],
  'cyaml/': ['settings'],
  'unicode/': ['settings'],
  'qrencode.h': ['command'],
};

// What is part of the program, and from where its includes are named.
const scanned = [['include', 'include'], ['server', 'server'], ['tests/load', 'tests']];

const rankOf = (folder) => ranks.findIndex((rank) => rank.includes(folder));

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.[ch]$/.test(entry.name) ? [path] : [];
  });
}

// [{ file, folder, line, name, own }]: own is true for "..." and false for <...>
function includes() {
  return scanned.flatMap(([top, from]) =>
    sources(join(root, top)).flatMap((path) => {
      const parts = relative(join(root, from), path).split('/');
      const folder = parts.length > 1 ? parts[0] : '.';
      return readFileSync(path, 'utf8').split('\n').flatMap((text, i) => {
        const found = /^\s*#\s*include\s*(["<])([^">]+)[">]/.exec(text);
        return found ? [{ file: relative(root, path), folder, line: i + 1, name: found[2], own: found[1] === '"' }] : [];
      });
    }),
  );
}

const all = includes();

test('every folder of the server has a rank', () => {
  const unknown = [...new Set(all.map((one) => one.folder))].filter((folder) => rankOf(folder) < 0);
  assert.deepEqual(unknown, [], 'give the folder its place in `ranks`');
});

test('a file includes its own folder and lower ranks only', () => {
  const wrong = all.filter(({ own, folder, name }) => {
    if (!own) return false;
    const target = name.includes('/') ? name.split('/')[0] : '.';
    return target !== folder && !(rankOf(target) >= 0 && rankOf(target) < rankOf(folder));
  });
  assert.deepEqual(wrong.map(({ file, line, name }) => `${file}:${line} includes ${name}`), []);
});

test('an own header is named by its folder', () => {
  const wrong = all.filter(({ own, name, folder }) => own && folder !== '.' && !name.includes('/'));
  assert.deepEqual(wrong.map(({ file, line, name }) => `${file}:${line} includes ${name}`), []);
});

test('a wrapped library is included where it is wrapped', () => {
  const wrong = all.filter(({ own, folder, name }) => {
    const key = Object.keys(wrapped).find((header) => (header.endsWith('/') ? name.startsWith(header) : name === header));
    return !own && key !== undefined && !wrapped[key].includes(folder);
  });
  assert.deepEqual(wrong.map(({ file, line, name }) => `${file}:${line} includes ${name}`), []);
});

test('the scan sees includes at all', () => {
  assert.ok(all.length > 100);
  assert.ok(all.some(({ folder, name }) => folder === 'base' && name === 'uv.h'));
});
