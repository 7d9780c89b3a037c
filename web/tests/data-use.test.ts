// What listening costs, against what was counted on the wire: a listener in Chromium over TLS, bytes and segments of both directions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kilobytesPerMinute } from '../src/lib/data-use.js';

test('a minute of listening', () => {
  const standard = kilobytesPerMinute({ bitrate: 32_000, frame_ms: 20 });
  const saver = kilobytesPerMinute({ bitrate: 14_000, frame_ms: 60 });
  assert.ok(standard > 550 && standard < 650, `${standard} kB`);
  assert.ok(saver > 240 && saver < 300, `${saver} kB`);
});
