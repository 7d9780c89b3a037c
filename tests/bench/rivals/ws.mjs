// A plain broadcast with npm's ws, as its documentation shows one: every 20 ms one packet, sent to every client. The packet is as long as
// Boothcast's, and has the number of the beat in front of it as that has; the beats are those of the media clock (boothcast/frame.h).
//
//   node ws.mjs [CERTIFICATE KEY]      prints "listening on http://127.0.0.1:PORT" and runs until it is ended by a signal
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { WebSocketServer } from 'ws';

const originMs = 1735689600000;
const frameMs = 20;
const [certificate, key] = process.argv.slice(2);
const server = certificate ? createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) }) : createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const packet = Buffer.alloc(12 + 80, 37);

const now = () => performance.timeOrigin + performance.now();
const newestBeat = () => Math.floor((now() - originMs) / frameMs);
let beat = newestBeat();

// Version 1, the label "original", stream 1, epoch 1, and the number.
packet.set([1, 1 << 4, 0, 1, 0, 0, 0, 1]);

function broadcast() {
  packet.writeUInt32BE(beat % 2 ** 32, 8);
  const copy = Buffer.from(packet); // a client that is behind keeps it
  for (const client of sockets.clients) client.send(copy, { binary: true });
}

function tick() {
  for (; beat < newestBeat(); broadcast()) beat++;
  setTimeout(tick, originMs + (beat + 1) * frameMs - now());
}

server.listen(0, '127.0.0.1', () => {
  console.log(`listening on ${certificate ? 'https' : 'http'}://127.0.0.1:${server.address().port}`);
  tick();
});
