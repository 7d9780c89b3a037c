// A listener who pays attention: hears a tone on the floor all the time, and says at any moment whether the sequence was perfect and
// the sound clean since the last time it was asked. For tests that do something bad beside it.
import assert from 'node:assert/strict';
import { OpusDecoder } from 'opus-decoder';
import { assertPerfect } from './client.mjs';
import { put } from './http.mjs';
import { watchMachine } from './undisturbed.mjs';
import { tone, wav, worst } from './sound.mjs';

const HZ = 500;
const SECONDS = 280;

export class Witness {
  /** Lets a tone play on hall/main, and listens. The sound is paced by the server, so a busy test does not disturb it. */
  static async of(server) {
    const witness = new Witness();
    witness.server = server;
    witness.disturbed = [];
    witness.away = new AbortController();
    const ticket = await server.ticket({ room: 'hall', role: 'speaker' });
    witness.sent = put(server, 'hall/main', { ticket, body: wav([tone(HZ, SECONDS, 8000)], 8000), signal: witness.away.signal }).catch(() => {});
    witness.client = await server.join({ name: 'witness' });
    await witness.client.listen(0);
    await witness.client.until(() => witness.client.packets.at(-1)?.label === 'original', 'the tone');
    await witness.client.hearNow(0, 25); // it has faded in
    witness.decoder = new OpusDecoder({ channels: 1 });
    await witness.decoder.ready;
    witness.checked = witness.client.packets.length;
    await witness.client.hearNow(0, 10);
    witness.decode(); // a decoder begins with silence
    witness.machine = await watchMachine(server);
    return witness;
  }

  decode() {
    const packets = this.client.packets.slice(this.checked);
    this.checked = this.client.packets.length;
    return this.decoder.decodeFrames(packets.map((packet) => packet.payload)).channelData[0];
  }

  /** Listens a little on, and throws when anything was wrong since the last time. What the machine is to blame for goes to `disturbed`. */
  async check() {
    const from = this.checked - 1;
    await this.client.hearNow(0, 6);
    try {
      this.judge(this.client.packets.slice(from));
    } catch (error) {
      const busy = await this.machine.busy();
      if (busy === undefined) throw error;
      this.disturbed.push(busy);
    }
    this.machine.stop();
    this.machine = await watchMachine(this.server);
  }

  judge(packets) {
    const found = worst(this.decode(), HZ);
    assertPerfect(packets, 'what the witness hears');
    assert.ok(found.purity > 0.95, `the sound is not clean: ${JSON.stringify(found)}`);
    assert.ok(found.strength > 0.15, `the sound is weak: ${JSON.stringify(found)}`);
  }

  async leave() {
    this.machine.stop();
    this.away.abort();
    await this.sent;
    this.decoder.free();
  }
}
