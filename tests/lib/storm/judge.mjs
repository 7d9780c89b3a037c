// What a listener must get, and what not: the judge of everything that came on many connections of one server. Pure: it is told what was
// sent and what came, and keeps a list of faults.
//
//   World     what is true for all: each packet is the same for everybody, numbers lie on one media clock, a stream is one channel's
//   Judge     one connection: what was asked, in its order, and what may come now
//   Hearing   one `listening`: its stream, its next number
//
// The server answers in order, so an answer says of everything asked before it that it was done. A jump in the numbers is either a hole for
// everybody (the clock jumped), or the listener was told `skipped`; which of the two, only the end shows, when all have heard all.
import { opusMs } from './opus.mjs';
import { FLAG, parseDown } from '../client.mjs';

const HISTORY_MAX = 8;
const HISTORY_MAX_MS = 160;
const KEPT = 1500; /* packets of a stream whose bytes are compared: older than what a server may still send */
const FAULTS_MAX = 200; /* what else is wrong follows from those, mostly */
const TRAIL = 40;
const TRAIL_SHOWN = 25;
const RING_MS = 4000;
const LINGER_MS = 8000; /* after which a rendition without listeners may have stopped, and begun again */
const OVERLAP_MS = 1000; /* who listens anew to the same may be sent on in the old way until the loop of the socket knows */
const LIVE_AFTER_MOVE_MS = 2500;
const ENDS = new Set(['displaced', 'restarting', 'too_slow', 'too_many_errors']); /* told before the close, and answers nothing */

export class World {
  constructor() {
    Object.assign(this, { faults: [], streams: new Map(), names: new Map(), claims: [], judges: [], epoch: undefined, offset: undefined });
    this.counts = { packets: 0, history: 0, jumps: 0, listenings: 0, moves: 0, skipped: 0, resumed: 0, connections: 0 };
  }

  fault(text) {
    if (this.faults.length < FAULTS_MAX) this.faults.push(text);
  }

  /** A packet as it came to anybody: the first one is what all the others must be. */
  same(packet, bytes) {
    let seen = this.streams.get(packet.stream);
    if (seen === undefined) this.streams.set(packet.stream, (seen = new Map()));
    const own = packet.flags & ~(FLAG.discontinuity | FLAG.history);
    const first = seen.get(packet.seq);
    if (first === undefined) {
      seen.set(packet.seq, { flags: own, label: packet.label, payload: Buffer.from(bytes.subarray(12)) });
      const old = seen.get(packet.seq - KEPT);
      if (old !== undefined) old.payload = undefined;
      return true;
    }
    return first.flags === own && first.label === packet.label && (first.payload === undefined || first.payload.equals(packet.payload));
  }

  /** How many of these numbers anybody got. */
  heardOf(stream, from, to) {
    const seen = this.streams.get(stream);
    let count = 0;
    for (let seq = from; seq < to; seq++) if (seen?.has(seq)) count++;
    return count;
  }

  /** What can only be said when everybody has heard everything. */
  finish() {
    for (const judge of this.judges) judge.finish();
    return this.faults;
  }
}

class Hearing {
  constructor(message, request, history) {
    Object.assign(this, { ...message, request, history, last: undefined, live: undefined, until: undefined });
  }

  get automatic() {
    return this.request.rendition === 'auto';
  }
}

export class Judge {
  /**
   * `fast`: it reads at all times, so it must get everything. Whoever tells it what was sent may set `lawless`: from then on nobody knows
   * what answers what; and `excused`: it may be closed.
   */
  constructor(world, name, { fast = false } = {}) {
    Object.assign(this, { world, name, fast, asked: [], current: new Map(), leaving: new Map(), streams: new Map(), lastLive: new Map() });
    Object.assign(this, { accounts: new Map(), claims: [], trail: [], pings: 0, lawless: false, excused: false });
    world.judges.push(this);
    world.counts.connections++;
  }

  note(text) {
    this.trail.push(text);
    if (this.trail.length > TRAIL) this.trail.shift();
  }

  fault(text) {
    this.world.fault(`${this.name}${this.fast ? ' (fast)' : ''}: ${text}\n    ${this.trail.slice(-TRAIL_SHOWN).join('\n    ')}`);
  }

  /* ---- what was asked ---- */

  /** A request is on its way: { kind: listen | unlisten | report | ping | join | error, ... } */
  ask(request) {
    this.note(`> ${JSON.stringify(request)}`);
    this.asked.push(request);
  }

  /** Does what is asked without an answer, up to the first request for which `test` holds; that is taken out and given. */
  answered(test, what) {
    while (this.asked.length > 0) {
      const [request] = this.asked;
      if (test(request)) return this.asked.shift();
      if (request.kind === 'unlisten') this.end(request.channel);
      else if (request.kind !== 'report') break;
      this.asked.shift();
    }
    this.fault(`${what} answers nothing that was asked: ${JSON.stringify(this.asked[0])}`);
    return undefined;
  }

  /** Nothing of this channel may come any more. */
  end(channel) {
    const account = this.accounts.get(channel);
    for (const claim of this.claims) {
      if (claim.account === account) claim.told ??= Infinity; // whoever has left it is told no more
    }
    this.accounts.delete(channel);
    for (const list of [this.current, this.leaving]) {
      const hearing = list.get(channel);
      if (hearing !== undefined) this.streams.delete(hearing.stream);
      list.delete(channel);
    }
  }

  /* ---- texts ---- */

  message(message) {
    if (message.type !== 'state') this.note(`< ${JSON.stringify(message).slice(0, 200)}`);
    if (this.lawless && message.type !== 'listening') return undefined;
    switch (message.type) {
      case 'joined':
        this.joined_us = message.server_us;
        return void this.answered(({ kind }) => kind === 'join', 'joined');
      case 'listening': return this.listening(message);
      case 'pong': return this.pong(message);
      case 'error': return this.error(message);
      default: return undefined;
    }
  }

  pong({ t }) {
    if (this.answered(({ kind, t: asked }) => kind === 'ping' && asked === t, 'a pong') === undefined) return;
    for (const claim of this.claims) {
      if (claim.told === undefined && claim.before <= t) claim.told = claim.account.told;
    }
  }

  error({ code, about, channel, skipped_ms }) {
    if (code === 'skipped') {
      this.world.counts.skipped++;
      const account = this.accounts.get(channel);
      if (account === undefined) this.fault(`was told to have missed ${skipped_ms} ms of channel ${channel}, which is not heard`);
      else account.told += skipped_ms;
      if (this.fast) this.fault(`was moved on over ${skipped_ms} ms, and reads all the time`);
      return;
    }
    if (ENDS.has(code)) return;
    this.answered((request) => request.kind === 'error' || request.kind === about || (about === 'join' && request.resume), `the error ${code} about ${about}`);
  }

  listening(message) {
    const [request] = this.asked.filter(({ kind }) => kind !== 'unlisten');
    this.checkListening(message);
    if (request?.kind === 'report' && this.isMove(message)) this.move(message);
    else this.begin(message);
    this.world.counts.listenings++;
  }

  isMove({ channel, rendition }) {
    const now = this.current.get(channel);
    return now !== undefined && now.automatic && now.rendition !== rendition;
  }

  checkListening({ channel, rendition, stream, epoch, frame_ms, seq, server_us }) {
    const { world } = this;
    const name = `${channel}/${rendition}`;
    const offset = server_us - seq * frame_ms * 1000;
    if ((world.names.get(stream) ?? name) !== name) this.fault(`stream ${stream} is ${name}, and ${world.names.get(stream)} too`);
    world.names.set(stream, name);
    world.epoch ??= epoch;
    world.offset ??= offset;
    if (epoch !== world.epoch) this.fault(`epoch ${epoch}, not ${world.epoch}`);
    if (offset !== world.offset) this.fault(`another clock: server_us ${server_us} of ${seq}`);
    if (frame_ms !== (rendition === 'saver' ? 60 : 20)) this.fault(`${rendition} in packets of ${frame_ms} ms`);
  }

  begin(message) {
    const request = this.answered(({ kind, channel }) => kind === 'listen' && channel === message.channel, 'a listening');
    if (request === undefined) return;
    const { rendition = 'standard' } = request;
    if (rendition !== 'auto' && rendition !== message.rendition) this.fault(`asked for ${rendition}, gets ${message.rendition}`);
    if (request.instead_of !== undefined) this.end(request.instead_of);
    this.end(message.channel);
    this.accounts.set(message.channel, { told: 0 });
    const bound = message.frame_ms === 60 ? Math.ceil(HISTORY_MAX_MS / 60) : HISTORY_MAX;
    const hearing = new Hearing(message, request, request.resume ? 0 : Math.min(request.history ?? 0, bound));
    if (request.resume) this.checkResumed(message, request);
    else if (((this.lastLive.get(message.stream) ?? -1) - message.seq) * message.frame_ms >= OVERLAP_MS) this.fault(`begins with ${message.seq}, and had ${this.lastLive.get(message.stream)}`);
    this.start(hearing);
  }

  /** It goes on after the last one, or else with one so old that those before it are not held any more. */
  checkResumed({ channel, stream, seq, server_us, frame_ms }, { seq: last }) {
    const { world } = this;
    const held = (seq - last) * frame_ms < LINGER_MS && (this.joined_us - server_us) / 1000 < RING_MS - 2 * frame_ms;
    world.counts.resumed++;
    if (seq <= last) this.fault(`channel ${channel} goes on with ${seq}, and had ${last}`);
    if (held && seq !== last + 1) this.claims.push({ channel, stream, from: last + 1, to: seq, frame_ms: 0, certain: true, what: 'was not kept for who came back' });
  }

  start(hearing) {
    this.current.set(hearing.channel, hearing);
    this.streams.set(hearing.stream, hearing);
  }

  /** The server chose another rendition: two streams, of which each has its end or beginning at one moment. */
  move(message) {
    const old = this.current.get(message.channel);
    const until = (message.seq * message.frame_ms) / old.frame_ms;
    this.world.counts.moves++;
    if (!Number.isInteger(until)) this.fault(`moved in the middle of a packet: ${JSON.stringify(message)}`);
    const before = this.leaving.get(message.channel);
    if (before !== undefined) this.streams.delete(before.stream);
    old.until = until;
    this.leaving.set(message.channel, old);
    this.start(new Hearing(message, old.request, message.frame_ms === 60 ? Math.ceil(HISTORY_MAX_MS / 60) : HISTORY_MAX));
  }

  /* ---- packets ---- */

  packet(bytes) {
    const packet = parseDown(bytes);
    const { world } = this;
    world.counts.packets++;
    if (bytes.length < 13 || packet.version !== 1 || bytes[1] & 128) return this.fault(`no packet: ${bytes.subarray(0, 16).toString('hex')}`);
    const hearing = this.streams.get(packet.stream);
    if (hearing === undefined) return this.fault(`packet ${packet.seq} of stream ${packet.stream} (${world.names.get(packet.stream)}), which is not heard`);
    if (packet.label === undefined) this.fault(`packet ${packet.seq} has no label`);
    if (packet.epoch !== hearing.epoch) this.fault(`packet of epoch ${packet.epoch}, not ${hearing.epoch}`);
    if (opusMs(packet.payload) !== hearing.frame_ms) this.fault(`packet ${packet.seq} of ${hearing.frame_ms} ms is ${packet.payload.length} bytes of ${opusMs(packet.payload)} ms`);
    if (!world.same(packet, bytes)) this.fault(`packet ${packet.seq} of stream ${packet.stream} is another one than somebody else's`);
    this.follow(hearing, packet);
    return undefined;
  }

  follow(hearing, { seq, flags, stream }) {
    const history = (flags & FLAG.history) !== 0;
    const first = hearing.last === undefined;
    if (history !== seq < hearing.seq) this.fault(`packet ${seq} ${history ? 'is' : 'is not'} history, and ${hearing.seq} was to be the first`);
    if (history) this.world.counts.history++;
    if (hearing.until !== undefined && seq >= hearing.until) this.fault(`packet ${seq} of stream ${stream}, whose end was ${hearing.until}`);
    if (!first && seq <= hearing.last) this.fault(`packet ${seq} of stream ${stream} after ${hearing.last}`);
    if (first && seq < hearing.seq - hearing.history) this.fault(`history from ${seq}, ${hearing.history} before ${hearing.seq} were asked for`);
    const due = first ? Math.min(hearing.seq, seq) : hearing.last + 1;
    const jumped = (flags & FLAG.discontinuity) !== 0;
    if (seq > due) this.jump(hearing, due, seq, jumped);
    else if (jumped) this.needless(hearing, seq, first);
    hearing.last = seq;
    if (!history) this.lastLive.set(stream, seq);
    if (!history) this.checkMoved(hearing, seq);
  }

  jump(hearing, from, to, flagged) {
    const { channel, stream, frame_ms } = hearing;
    this.world.counts.jumps++;
    this.note(`jump ${stream}: ${from} to ${to}`);
    if (!flagged) this.fault(`stream ${stream} jumps from ${from} to ${to}, and does not say so`);
    const account = this.accounts.get(channel);
    this.claims.push({ channel, account, stream, from, to, frame_ms, before: this.pings + 1, certain: this.fast, what: 'is missing' });
  }

  /** The flag of a jump without one: right only for somebody who came back to less than there was, or where a hole is before it. */
  needless(hearing, seq, first) {
    const { request, stream, channel } = hearing;
    const returns = first && request.resume && seq > request.seq + 1;
    if (returns) return;
    if (!first) this.fault(`packet ${seq} of stream ${stream} follows, and says that it jumps`);
    else this.claims.push({ channel, stream, from: seq - 1, to: seq, frame_ms: 0, certain: true, what: 'is there, and a jump after it was told' });
  }

  /** Once the new stream has gone on for a while, the old one must have come to its end. */
  checkMoved(hearing, seq) {
    const old = this.leaving.get(hearing.channel);
    if (old === undefined || old === hearing || !this.fast || (seq - hearing.seq) * hearing.frame_ms < LIVE_AFTER_MOVE_MS) return;
    this.leaving.delete(hearing.channel);
    this.streams.delete(old.stream);
    const next = (old.last ?? old.seq - 1) + 1;
    if (next < old.until) this.claims.push({ channel: old.channel, stream: old.stream, from: next, to: old.until, frame_ms: 0, certain: true, what: 'is missing before the move' });
  }

  /* ---- the end ---- */

  /** Every jump was a hole for all, or the listener was told of as much. */
  finish() {
    const owed = new Map();
    for (const { channel, account, stream, from, to, frame_ms, certain, told, what } of this.claims) {
      const heard = this.world.heardOf(stream, from, to);
      if (heard === 0) continue;
      if (certain) this.fault(`${from} to ${to - 1} of stream ${stream} ${what}; others have ${heard} of them`);
      const missed = (owed.get(account) ?? 0) + heard * frame_ms;
      owed.set(account, missed);
      if (told !== undefined && told < missed) this.fault(`jumped over ${missed} ms of channel ${channel}, and was told of ${told}`);
    }
  }
}
