// What listening costs, against what was counted on the wire: a listener in Chromium over TLS hears speech; bytes and segments of both
// directions, by the kernel: 612 kB a minute, and 282 with the saver.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kilobytesPerMinute } from '../../src/lib/data-use.js';

test('a minute of listening', () => {
  const standard = kilobytesPerMinute({ bitrate: 32_000, frame_ms: 20 });
  const saver = kilobytesPerMinute({ bitrate: 14_000, frame_ms: 60 });
  assert.ok(Math.abs(standard - 612) < 20, `${standard} kB`);
  assert.ok(Math.abs(saver - 282) < 20, `${saver} kB`);
});
