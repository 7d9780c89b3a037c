// Texts that follow the language: they are written again as long as their node is there, and no longer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setLanguage } from '../../src/lib/i18n.js';
import { localize, localizeAll, localizedCount, text } from '../../src/page/kit/text.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Until the collector has told who is gone. */
async function collected(count: number): Promise<void> {
  for (let round = 0; localizedCount() > count; round++) {
    assert.ok(round < 1000, `${localizedCount()} writers are still there`);
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a text is written at once, and again in the order of its coming', () => {
  const node = {};
  const written: string[] = [];
  localize(node, () => written.push('first'));
  localize(node, () => written.push('second'));
  assert.deepEqual(written.splice(0), ['first', 'second']);
  localizeAll();
  assert.deepEqual(written, ['first', 'second']);
});

test('a text is that of the language of now', () => {
  setLanguage('en');
  const stop = text('listen.stop');
  assert.equal(stop(), 'Stop');
  setLanguage('zh');
  assert.equal(stop(), '停止');
});

test('what a writer makes anew is written too, and that ends', () => {
  const node = {};
  let made = 0;
  localize(node, () => localize({}, () => made++));
  localizeAll();
  assert.ok(made >= 2 && made < 10, String(made));
});

test('a node that nobody has any more takes its writers with it; one that somebody has keeps them', async () => {
  await collected(0);
  const node = {};
  const written: string[] = [];
  localize(node, () => written.push('kept'));
  for (let i = 0; i < 1000; i++) {
    const dropped = { words: '' };
    localize(dropped, () => (dropped.words = 'dropped'));
  }
  assert.equal(localizedCount(), 1001);
  await collected(1);
  localizeAll();
  assert.deepEqual(written, ['kept', 'kept']);
  assert.ok(node);
});
