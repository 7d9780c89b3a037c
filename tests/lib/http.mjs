// HTTP as tests need it: requests whose every byte and moment is theirs.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

/** One request: { status, headers, body }. A body may be a Buffer, or an async iterable that is sent in chunks. `signal` cuts it off. */
export function request(url, { method = 'GET', headers = {}, body, signal, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const library = url.startsWith('https:') ? https : http;
    const out = library.request(url, { method, headers, signal, agent: false, ...options }, (answer) => {
      const pieces = [];
      answer.on('data', (bytes) => pieces.push(bytes));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces).toString() }));
    });
    out.on('error', reject);
    sendBody(out, body).catch(() => {}); // the answer, or the error above, says why
  });
}

async function sendBody(out, body) {
  if (body === undefined || Buffer.isBuffer(body)) {
    out.end(body);
    return;
  }
  for await (const piece of body) {
    if (out.destroyed) return;
    out.write(piece);
  }
  out.end();
}

/** An answer that does not end: { status, headers, bytes(), first(test), close() }. */
export function openStream(url, options = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const library = url.startsWith('https:') ? https : http;
    const out = library.get(url, { agent: false, ...options }, (answer) => {
      const pieces = [];
      const stream = {
        status: answer.statusCode,
        headers: answer.headers,
        began_ms: began,
        ended: false,
        bytes: () => Buffer.concat(pieces),
        close: () => out.destroy(),
      };
      answer.on('data', (bytes) => {
        pieces.push(bytes);
        stream.onData?.();
      });
      answer.on('error', () => (stream.ended = true));
      answer.on('end', () => (stream.ended = true));
      resolve(stream);
    });
    out.on('error', reject);
  });
}

/** Waits until test(bytes so far) is true of a stream. */
export function streamed(stream, test, what, patience_ms = 20_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`this did not come in ${patience_ms / 1000} s: ${what}`)), patience_ms);
    stream.onData = () => {
      const bytes = stream.bytes();
      if (!test(bytes)) return;
      clearTimeout(timer);
      stream.onData = undefined;
      resolve(bytes);
    };
    stream.onData();
  });
}

/** Sends bytes over a bare socket and gives all that comes back until the server closes or `patience_ms` pass: { text, closed }. */
export function raw(server, bytes, { patience_ms = 15_000, until } = {}) {
  return new Promise((resolve) => {
    const pieces = [];
    const socket = net.connect(Number(server.port), server.host, () => socket.write(bytes));
    const done = (closed) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: Buffer.concat(pieces).toString('latin1'), closed });
    };
    const timer = setTimeout(() => done(false), patience_ms);
    socket.on('data', (piece) => {
      pieces.push(piece);
      if (until !== undefined && until.test(Buffer.concat(pieces).toString('latin1'))) done(false);
    });
    socket.on('error', () => done(true));
    socket.on('close', () => done(true));
  });
}

export const bearer = (ticket) => ({ Authorization: `Bearer ${ticket}` });

/** A body that comes in real time, `bytes_per_s`; it ends with the bytes, or when the signal says so. For put() and its like. */
export async function* paced(bytes, bytes_per_s, signal) {
  const began = performance.now();
  for (let sent = 0; sent < bytes.length && !signal?.aborted; ) {
    const due = Math.ceil(((performance.now() - began) / 1000 + 0.1) * bytes_per_s) & ~3;
    if (due > sent) yield bytes.subarray(sent, due);
    sent = Math.max(sent, due);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Puts sound on a floor input; resolves with the answer when the server has taken all of it. */
export function put(server, path, { ticket, type = 'audio/wav', ...options }) {
  return request(`${server.url}/ingest/${path}`, { method: 'PUT', headers: { 'Content-Type': type, ...bearer(ticket) }, ...options });
}

/** All metrics: a Map from name, with labels as they stand, to number. */
export async function metrics(server, options = {}) {
  const { body } = await request(`${server.url}/metrics`, options);
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

/** The value of one, such as metric(server, 'boothcast_errors_total{code="bad_json"}'). */
export async function metric(server, name) {
  const value = (await metrics(server)).get(name);
  if (value === undefined) throw new Error(`no metric ${name}`);
  return value;
}
