// A speaker or an interpreter with a steady voice: a client of the protocol in a thread of its own, so that its sound is in time whatever the
// test does meanwhile.
//
//     test: Actor --call--> thread: Client, speak(stream, tone)
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Client } from './client.mjs';
import { hops } from './markers.mjs';
import { RATE } from './sound.mjs';

export class Actor {
  constructor(worker) {
    this.worker = worker;
    this.calls = 0;
    this.waiting = new Map();
    worker.on('message', ({ call, result, error }) => {
      const { resolve, reject } = this.waiting.get(call);
      this.waiting.delete(call);
      if (error) reject(new Error(error));
      else resolve(result);
    });
    worker.unref();
  }

  /** Joins a server of startServer(), and sends a sine of `hz` as `source` (without `hz`: tone hops of 60 s, over and over). */
  static async join(server, { source, hz, amplitude = 0.25, room = 'hall', ...who }) {
    const ticket = await server.ticket({ room, ...who });
    const url = `${server.url.replace(/^http/, 'ws')}/ws`;
    const actor = new Actor(new Worker(new URL(import.meta.url), { workerData: { url, join: { room, ticket }, source, hz, amplitude } }));
    await actor.call('ready');
    return actor;
  }

  call(method, ...args) {
    return new Promise((resolve, reject) => {
      this.waiting.set(++this.calls, { resolve, reject });
      this.worker.postMessage({ call: this.calls, method, args });
    });
  }

  /** Presses the key of a desk; resolves when the server has taken it. */
  mic(state) {
    return this.call('mic', state);
  }

  output(key) {
    return this.call('output', key);
  }

  /** What this desk hears, by the number of the channel. */
  input(channel) {
    return this.call('input', channel);
  }

  /** Asks the boothmate for the microphone; resolves when the server has it. */
  request() {
    return this.call('request');
  }

  /** Gives the boothmate, who has asked, the microphone; resolves when this desk is OFF. */
  accept() {
    return this.call('accept');
  }

  /** What the room says of this desk. */
  desk() {
    return this.call('desk');
  }

  leave() {
    return this.worker.terminate();
  }
}

class Stage {
  constructor({ url, join, source, hz, amplitude }) {
    this.begun = this.begin(url, join, source, hz ? sine(hz, amplitude) : looped(hops(60, { amplitude })));
  }

  async begin(url, join, source, sound) {
    this.client = await Client.open(url);
    const { booth, desk } = await this.client.join(join);
    this.booth = booth;
    this.seat = `${booth}/${desk}`;
    const { stream } = await this.client.publish(source);
    this.client.speak(stream, sound);
  }

  async ready() {
    await this.begun;
  }

  async mic(state) {
    this.client.send({ type: 'mic', state });
    await this.client.until(() => this.client.desk(this.seat).mic === state, `the microphone is ${state}`);
  }

  async output(key) {
    this.client.send({ type: 'output', to: key });
    await this.client.until(() => this.client.desk(this.seat).output === key, `the output is ${key}`);
  }

  async input(channel) {
    this.client.send({ type: 'input', channel });
    await this.client.until(() => this.client.desk(this.seat).input === channel, `the input is ${channel}`);
  }

  async request() {
    this.client.send({ type: 'handover', action: 'request' });
    await this.client.until(() => this.client.booth(this.booth).handover.state === 'requested', 'the microphone is asked for');
  }

  async accept() {
    this.client.send({ type: 'handover', action: 'accept' });
    await this.client.until(() => this.client.desk(this.seat).mic === 'off', 'the microphone is given');
  }

  async desk() {
    return this.client.desk(this.seat);
  }
}

const sine = (hz, amplitude) => (i) => amplitude * Math.sin((2 * Math.PI * hz * i) / RATE);
const looped = (samples) => (i) => samples[i % samples.length];

if (!isMainThread) {
  const stage = new Stage(workerData);
  parentPort.on('message', async ({ call, method, args }) => {
    try {
      parentPort.postMessage({ call, result: await stage[method](...args) });
    } catch (error) {
      parentPort.postMessage({ call, error: error.message });
    }
  });
}
