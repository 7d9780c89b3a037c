// What gets installed: the lock files name no registry (each site has its own), versions are exact, and the list of Debian packages
// has for each a group and a reason.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const read = (path) => readFileSync(join(root, path), 'utf8');
const projects = ['tests', 'web'].filter((folder) => existsSync(join(root, folder, 'package.json')));

for (const folder of projects) {
  test(`${folder}: the lock file names no registry`, () => {
    const { packages } = JSON.parse(read(`${folder}/package-lock.json`));
    const named = Object.entries(packages).filter(([, one]) => one.resolved !== undefined);
    assert.deepEqual(named.map(([name]) => name), []);
    for (const [name, one] of Object.entries(packages)) if (name !== '') assert.match(one.integrity ?? '', /^sha512-/, name);
  });

  test(`${folder}: versions are exact and the lock file agrees`, () => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(read(`${folder}/package.json`));
    const { packages } = JSON.parse(read(`${folder}/package-lock.json`));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
      assert.equal(packages[`node_modules/${name}`]?.version, version, name);
    }
  });
}

test('every Debian package has a group and a reason, and stands once', () => {
  const lines = read('config/packages').split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const names = lines.map((line) => {
    const found = /^(server|tests|bench|kernel|unpacked)\s+([a-z0-9][a-z0-9+.-]+)\s+(\S.*)$/.exec(line);
    assert.ok(found, line);
    return found[2];
  });
  assert.deepEqual(names, [...new Set(names)]);
  assert.ok(names.length > 20);
});

test('every library that the build asks for has its package', () => {
  // pkg-config names and the packages that carry them
  const carriers = {
    libwebsockets: 'libwebsockets-dev', openssl: 'libssl-dev', libuv: 'libuv1-dev', opus: 'libopus-dev', ogg: 'libogg-dev', opusfile: 'libopusfile-dev',
    libsodium: 'libsodium-dev', jansson: 'libjansson-dev', libcyaml: 'libcyaml-dev', 'yaml-0.1': 'libyaml-dev',
    libebur128: 'libebur128-dev', speexdsp: 'libspeexdsp-dev', sndfile: 'libsndfile1-dev', libqrencode: 'libqrencode-dev',
    'icu-uc': 'libicu-dev', 'icu-i18n': 'libicu-dev',
  };
  const asked = /pkg_check_modules\(DEPS REQUIRED IMPORTED_TARGET([^)]*)\)/.exec(read('CMakeLists.txt'))[1].trim().split(/\s+/);
  const listed = read('config/packages');
  for (const name of asked) {
    assert.ok(carriers[name], `${name}: say here which package carries it`);
    assert.match(listed, new RegExp(`^server\\s+${carriers[name].replaceAll('+', '\\+')}\\s`, 'm'), name);
  }
});
