// What is measured: ours in its ways of delivery, and the bare loops in C that do nothing but send. The others: rivals.mjs.
//
// Each is { key, name, dialect, open }; `open(bench, shape)` starts it for { channels, rooms, secure } and gives { address, pid, close }.
// `rendition` and `frame_ms` are those of its packets, `missing` says why it cannot be measured here, `refuses` why it cannot for such a shape.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstLine } from './bench.mjs';
import { eventText } from './material.mjs';
import { rivals } from './rivals.mjs';

const listening = /listening on (https?:\/\/[^\s/]+)/;
const oneChannel = ({ channels, rooms }) => (channels * rooms > 1 ? 'it has one channel' : undefined);

// A loop in C: `args` as bare.c has them.
const loop = (key, name, args, refuses) => ({
  key,
  name,
  dialect: 'boothcast',
  refuses: (shape) => oneChannel(shape) ?? refuses?.(shape),
  async open(bench, { secure }) {
    const all = secure ? ['tls', secure.certificate, secure.key] : args;
    const { child, said } = await bench.startServer(bench.program('tests/bench_bare'), all, [listening]);
    return { address: said[0][1], pid: child.pid, close: () => bench.stop(child) };
  },
});

// Speech in real time, as the floor of a room.
async function startVoice(bench, { config, state, address, speech }, room) {
  const boothcast = bench.program('boothcast');
  const role = ['--room', room, '--role', 'speaker'];
  const ticket = execFileSync(boothcast, ['ticket', '--config', config, '--state', state, ...role]).toString().trim();
  const args = ['send', '--url', address, '--insecure', '--room', room, '--ticket', ticket, speech];
  const child = bench.startAside(boothcast, args, ['ignore', 'ignore', 'pipe']);
  await firstLine(child, 'stderr'); // it is sending
  return child;
}

// One loop, since it has one processor; and who seals. An older server has no choice of these.
function newer(bench, sealing) {
  const help = execFileSync(bench.program('boothcast'), ['serve', '--help']).toString();
  return [['--loops', '1'], ['--sealing', sealing]].filter(([option]) => help.includes(`${option} `)).flat();
}

// The kernel's list names TLS once somebody has used it.
function noKernelTls() {
  const words = readFileSync('/proc/sys/net/ipv4/tcp_available_ulp', 'utf8').trim().split(' ');
  return words.includes('tls') ? undefined : 'the kernel has no TLS, or has not loaded it (modprobe tls)';
}

const boothcast = (key, name, delivery, { sealing = 'server', ...more } = {}) => ({
  key,
  name,
  dialect: 'boothcast',
  async open(bench, { channels, rooms, secure, speech }) {
    const state = bench.newFolder('state');
    const config = `${state}/event.yaml`;
    writeFileSync(config, eventText({ channels, rooms, secure }));
    const args = ['serve', '--config', config, '--listen', '127.0.0.1:0', '--state', state, '--delivery', delivery, ...newer(bench, sealing)];
    const { child, said } = await bench.startServer(bench.program('boothcast'), args, [listening]);
    const place = { config, state, address: said[0][1], speech };
    const voices = [];
    for (let room = 1; room <= rooms; room++) voices.push(await startVoice(bench, place, `hall${room}`));
    await sleep(500);
    const close = async () => {
      for (const one of [...voices, child]) await bench.stop(one);
    };
    return { address: place.address, pid: child.pid, close };
  },
  ...more,
});

const ours = [
  loop('bare', 'bare send() loop', []),
  loop('ring', 'bare io_uring loop', ['ring'], ({ secure }) => (secure ? 'it has no TLS' : undefined)),
  boothcast('batch', 'boothcast, batch', 'batch'),
  boothcast('direct', 'boothcast, direct', 'direct'),
  boothcast('kernel', 'boothcast, kernel TLS', 'batch', {
    sealing: 'kernel',
    missing: noKernelTls,
    refuses: ({ secure }) => (secure ? undefined : 'it is for TLS'),
  }),
  boothcast('saver', 'boothcast, 60 ms', 'batch', { rendition: 'saver', frame_ms: 60 }),
];

export const kinds = [...ours, ...rivals].map((kind) => ({
  rendition: 'standard',
  frame_ms: 20,
  missing: () => undefined,
  refuses: () => undefined,
  ...kind,
}));

/** The name of a kind; a bare loop over TLS is another one. */
export const nameOf = (kind, over) => (kind.key === 'bare' && over === 'tls' ? 'bare SSL_write() loop' : kind.name);
