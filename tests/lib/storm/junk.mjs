// What no client of good faith sends: texts that are refused and leave the connection open, and bytes after which it ends.

/** [text, what the error is about]; the server answers each with one error. */
export function junkText(chance) {
  return chance.one([
    () => '{',
    () => '[]',
    () => '{"type":7}',
    () => `{"type":"${'x'.repeat(chance.number(0, 300))}"}`,
    () => '{"type":"listen"}',
    () => `{"type":"listen","channel":${chance.number(40, 1e9)}}`,
    () => '{"type":"listen","channel":1,"rendition":"loud"}',
    () => '{"type":"listen","channel":1,"history":-1}',
    () => '{"type":"listen","channel":1,"instead_of":31}',
    () => '{"type":"unlisten","channel":31}',
    () => '{"type":"publish","source":"floor/main"}',
    () => '{"type":"operate","action":"emergency"}',
    () => '{"type":"report","channel":1}',
    () => '{"type":"ping"}',
    () => '{"type":"join","room":"hall"}',
    () => Buffer.from([1, 0, 0, 1, 0, 0, 0, 1]),
  ])();
}

/** A client's frame, masked with zeroes. */
function frame(opcode, payload, { masked = true, rsv = 0, final = true, claimed = payload.length } = {}) {
  const mask = masked ? 0x80 : 0;
  const first = (final ? 0x80 : 0) | (rsv << 4) | opcode;
  const head = claimed < 126 ? [first, mask | claimed] : [first, mask | 126, claimed >> 8, claimed & 255];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0), payload]);
}

/** Bytes in the middle of a connection, after which the server hangs up, or waits for the rest of a frame that never comes. */
export function junkBytes(chance) {
  const some = chance.bytes(chance.number(0, 100));
  return chance.one([
    () => frame(3, some), // no such opcode
    () => frame(2, some, { rsv: 4 }), // an extension that was not agreed on
    () => frame(2, some, { masked: false }),
    () => frame(1, Buffer.from([0xff, 0xfe, 0xc0])), // no UTF-8
    () => frame(0, some), // goes on with nothing
    () => frame(9, Buffer.alloc(0), { final: false }), // a ping in pieces
    () => frame(8, Buffer.from([3])), // half a code
    () => frame(8, Buffer.from([0, 1])), // a code that is none
    () => frame(2, Buffer.alloc(2100)), // too big
    () => frame(1, Buffer.alloc(5000, 32)),
    () => Buffer.concat([frame(1, Buffer.from('{"type":"pi'), { final: false }), frame(2, some)]), // a message within another
    () => frame(1, Buffer.from('{"ty'), { claimed: 3000 }), // the rest does not come
    () => Buffer.concat([frame(1, Buffer.from('{"t'), { final: false }), frame(9, some.subarray(0, 50))]),
    () => frame(2, Buffer.alloc(0), { claimed: 60000 }),
    () => chance.bytes(chance.number(1, 400)),
    () => Buffer.concat(Array.from({ length: 40 }, () => frame(9, some.subarray(0, 50)))), // pings, each of which is answered
  ])();
}

/** What comes first on a socket that never becomes a connection. */
export function junkHello(chance) {
  const upgrade =
    'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: boothcast.v1\r\n\r\n';
  return chance.one([
    () => Buffer.alloc(0),
    () => Buffer.from(upgrade.slice(0, chance.number(1, upgrade.length - 1))),
    () => Buffer.from(upgrade), // and no join
    () => Buffer.from(upgrade + 'x'.repeat(chance.number(1, 50))),
    () => Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), // the beginning of a TLS handshake
    () => Buffer.from(`PUT /ingest/hall/main HTTP/1.1\r\n${'x'.repeat(chance.number(0, 40))}`),
    () => Buffer.from('GET /live/hall/1.opus HTTP/1.1\r\nHost: x\r\n\r\n'),
    () => Buffer.from('GET /api/rooms HTTP/1.1\r\nHost: x\r\n\r\nGET /ws HTTP/1.1\r\nUpgrade: foo\r\n\r\n'),
    () => chance.bytes(chance.number(1, 300)),
  ])();
}
