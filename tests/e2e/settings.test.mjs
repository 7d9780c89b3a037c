// Settings files: the examples are good; a mistake is refused by `check` and by `serve` alike, with its file, its line, and what to write.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { boothcast, root, run, temporaryFolder } from '../lib/programs.mjs';

const folder = temporaryFolder();
after(() => folder.remove());

for (const name of readdirSync(join(root, 'config')).filter((one) => one.endsWith('.yaml'))) {
  test(`config/${name} is good`, async () => {
    const path = join(root, 'config', name);
    const { code, stdout, stderr } = await run(boothcast, ['check', '--config', path]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.ok(stdout.startsWith(`${path}: good\n`), stdout);
  });
}

const good = `event:
  id: my-event
  name: {en: My event}
rooms:
  - id: hall
    name: {en: Main hall}
    channels:
      - {number: 1, language: en-GB}
      - {number: 2, language: fr-FR}
`;

const mistakes = [
  { what: 'an unknown key', from: 'channels:', to: 'chanels:', line: 7, says: /unknown key "chanels".*"channels"/ },
  { what: 'a wrong type', from: 'number: 2', to: 'number: two', line: 9, says: /"two".*such as `number: 2`/ },
  { what: 'two channels of one number', from: 'number: 2', to: 'number: 1', line: 9, says: /"1".*line 8.*its own/ },
  { what: 'an unknown language tag', from: 'fr-FR', to: 'klingon', line: 9, says: /"klingon".*such as zh-CN/ },
  { what: 'no YAML at all', from: '{en: My event}', to: '{en: My event', line: 4, says: /\w/ },
];

for (const { what, from, to, line, says } of mistakes) {
  test(`${what} is refused with its line and a remedy`, async () => {
    const path = join(folder.path, 'bad.yaml');
    const state = join(folder.path, 'state');
    writeFileSync(path, good.replace(from, to));
    const checked = await run(boothcast, ['check', '--config', path]);
    const served = await run(boothcast, ['serve', '--config', path, '--listen', '127.0.0.1:0', '--state', state]);
    for (const { code, stdout, stderr } of [checked, served]) {
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
      const mine = stderr.split('\n').find((text) => text.startsWith(`${path}:${line}: `));
      assert.ok(mine, stderr);
      assert.match(mine, says);
    }
    assert.ok(!existsSync(state), 'nothing was made for a server that does not start');
  });
}

test('a file that is not there, and a command line without one, are told in a sentence', async () => {
  const missing = await run(boothcast, ['check', '--config', join(folder.path, 'none.yaml')]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /none\.yaml.*(No such file|not there)/);
  const without = await run(boothcast, ['serve']);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /needs --config FILE/);
});
