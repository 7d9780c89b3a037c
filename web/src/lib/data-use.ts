// What listening costs on a phone's bill, both directions, by what the server says of a rendition. Pure.
//
// Of a packet: Opus, 12 bytes of header, WebSocket 2, TLS 22, TCP with timestamps over IPv4 52. The phone acknowledges every second
// packet, or after 40 ms; and once a second a report goes up, and a ping there and back.

const PACKET = 12 + 2 + 22 + 52;
const ACKNOWLEDGED = 52;
const ACKNOWLEDGED_WITHIN_MS = 40;
const REPORTS_PER_S = 560;

export interface Cost {
  bitrate: number;
  frame_ms: number;
}

/** Kilobytes in a minute. */
export function kilobytesPerMinute({ bitrate, frame_ms }: Cost): number {
  const packets = 1000 / frame_ms;
  const answers = 1000 / Math.max(frame_ms, ACKNOWLEDGED_WITHIN_MS);
  const perSecond = bitrate / 8 + packets * PACKET + answers * ACKNOWLEDGED + REPORTS_PER_S;
  return (perSecond * 60) / 1000;
}
