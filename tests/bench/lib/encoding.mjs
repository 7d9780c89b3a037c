// What encoding costs, apart from delivery: bench_encode, as tables.
import { execFileSync } from 'node:child_process';
import { format } from './table.mjs';

/** Measures; `speech` is 48 kHz mono WAV. */
export function encodeCosts(bench, speech) {
  return JSON.parse(execFileSync(...bench.pinned(0, bench.program('tests/bench_encode'), [speech])).toString());
}

export function encodingTables({ packets, rooms }) {
  const perPacket = packets.map((c) => [
    String(c.packet_ms),
    String(c.complexity),
    String(c.bitrate / 1000),
    c.us_per_packet.toFixed(0),
    c.bytes_per_packet.toFixed(0),
    String(Math.floor((c.packet_ms * 1000) / c.us_per_packet)),
  ]);
  const perRoom = rooms.map((r) => [String(r.channels), r.who, r.us_per_beat.toFixed(0), `${(100 * r.share_of_core).toFixed(1)} %`]);
  return [
    'One encoder: a packet of recorded speech (8 kHz material, brought to 48 kHz)',
    format([['packet ms', 'complexity', 'kbit/s', 'us/packet', 'bytes', 'channels per core'], ...perPacket]),
    '',
    'A room whose channels all carry the floor, complexity 5: mix, match, limiter, meter and encoder',
    format([['channels', 'who listens', 'us/beat', 'share of a core'], ...perRoom], [1]),
  ].join('\n');
}
