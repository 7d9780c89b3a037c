// The state of a desk between hands and server: what is asked, what is heard, and what is told when the two differ.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Desk, ErrorMessage, Room } from '../../src/lib/protocol.js';
import type { Session, SessionEvents } from '../../src/lib/session.js';
import { DeskState } from '../../src/page/booth/desk-state.js';
import { NO_ANSWER_MS } from '../../src/lib/requested-state.js';
import { hall } from '../fake/consoles.js';

/** A session that writes down what it is asked, and says what the test wants. */
function stage(seat = { booth: 'fr', desk: 1 }): {
  state: DeskState;
  asked: string[];
  news: string[];
  say<K extends keyof SessionEvents>(event: K, value: SessionEvents[K]): void;
  room(edit?: Partial<Desk>, change?: (room: Room) => void): void;
  join(edit?: Partial<Desk>): void;
} {
  const asked: string[] = [];
  const news: string[] = [];
  const handlers = new Map<string, ((value: never) => void)[]>();
  const note =
    (verb: string) =>
    (...values: unknown[]) =>
      void asked.push([verb, ...values].join(' '));
  const session = {
    on: (event: string, handler: (value: never) => void) => handlers.set(event, [...(handlers.get(event) ?? []), handler]),
    setMic: note('mic'),
    setOutput: note('output'),
    setInput: note('input'),
    handover: note('handover'),
    setTrueFloor: note('true_floor'),
    setSpeakToFloor: note('to_floor'),
    listen: (...values: unknown[]) => {
      note('listen')(...values);
      return Promise.resolve();
    },
  } as unknown as Session;
  const state = new DeskState(
    session,
    seat,
    () => undefined,
    (each) => news.push(each.kind),
  );
  const say = <K extends keyof SessionEvents>(event: K, value: SessionEvents[K]): void =>
    handlers.get(event)?.forEach((each) => each(value as never));
  const room = (edit: Partial<Desk> = {}, change: (room: Room) => void = () => undefined): void => {
    const next = hall();
    Object.assign(next.desks.find((each) => each.booth === seat.booth && each.desk === seat.desk) ?? {}, edit);
    change(next);
    say('room', next);
  };
  const join = (edit: Partial<Desk> = {}): void => {
    say('line', { state: 'open', rtt_ms: 5 });
    say('joined', {} as SessionEvents['joined']);
    room(edit);
  };
  return { state, asked, news, say, room, join };
}

const refusal = (about: string): ErrorMessage => ({ type: 'error', code: 'not_allowed', message: '', about });

test('what was known before this line joined is not taken for the truth', () => {
  const { state, say, room, join } = stage();
  join({ mic: 'on' });
  say('line', { state: 'waiting', retry_in_ms: 100, attempt: 1 });
  say('line', { state: 'open', rtt_ms: 5 });
  room({ mic: 'on', on_air: true });
  assert.equal(state.known, false);
  say('joined', {} as SessionEvents['joined']);
  room({ mic: 'cough' });
  assert.equal(state.known, true);
  assert.equal(state.keys.state, 'cough');
});

test('a desk that was ON is told how it came back', () => {
  for (const [was, is, told] of [
    ['on', 'cough', ['back_on_cough']],
    ['on', 'off', ['back_off']],
    ['off', 'off', []],
    ['on', 'on', []],
  ] as const) {
    const { news, say, join } = stage();
    join({ mic: was });
    say('line', { state: 'waiting', retry_in_ms: 100, attempt: 1 });
    say('line', { state: 'waiting', retry_in_ms: 900, attempt: 2 });
    join({ mic: is });
    assert.deepEqual(news, told, `${was} ${is}`);
  }
});

test('OFF that nobody here asked for is told; OFF by this hand is not', () => {
  const { state, news, room, join } = stage();
  join({ mic: 'on' });
  state.keys.pressMic();
  room({ mic: 'off' });
  assert.deepEqual(news, []);
  room({ mic: 'on' });
  room({ mic: 'off' });
  assert.deepEqual(news, ['cut']);
});

test('an input is heard at once, and left when the server refuses it', () => {
  const { state, asked, news, say, join } = stage();
  join();
  state.startHearing();
  state.chooseInput(4);
  assert.deepEqual(asked, ['listen 0 high', 'listen 4 high', 'input 4']);
  say('error', refusal('input'));
  assert.deepEqual(asked.slice(3), ['listen 0 high']);
  assert.deepEqual(news, ['refused']);
});

test('an input that the server changes is followed', () => {
  const { state, asked, room, join } = stage();
  join({ input: 2 });
  state.startHearing();
  room({ input: 0 });
  assert.deepEqual(asked, ['listen 2 high', 'listen 0 high']);
});

test('a wish under way is not undone by news of something else', () => {
  const { state, asked, room, join } = stage();
  join();
  state.startHearing();
  state.chooseInput(4);
  room({ input: 0 });
  room({ input: 4 });
  assert.deepEqual(asked, ['listen 0 high', 'listen 4 high', 'input 4']);
  assert.equal(state.input.pending, null);
});

test('a channel without the high rendition is heard in the other one', () => {
  const { state, asked, room, join } = stage();
  join();
  room({}, (each) => (each.channels[4]!.renditions = ['standard']));
  state.startHearing();
  state.chooseInput(4);
  assert.deepEqual(asked, ['listen 0 high', 'listen 4 standard', 'input 4']);
});

test('keys that the booth or the room does not have ask nothing', () => {
  const { state, asked, join } = stage();
  join();
  state.chooseOutput('C');
  state.chooseOutput('A');
  state.chooseInput(9);
  state.chooseInput(0);
  assert.deepEqual(asked, []);
});

test('without a line nothing is asked', () => {
  const { state, asked, say, join } = stage();
  join();
  say('line', { state: 'waiting', retry_in_ms: 100, attempt: 1 });
  state.chooseOutput('B');
  state.chooseInput(1);
  state.keys.pressMic();
  assert.deepEqual(asked, []);
});

test('an output that nobody answers is given up, and told once', () => {
  const { state, news, join } = stage();
  join();
  state.chooseOutput('B');
  assert.equal(state.output.pending, 'B');
  state.tick(performance.now());
  assert.deepEqual(news, []);
  state.tick(performance.now() + NO_ANSWER_MS);
  state.tick(performance.now() + 2 * NO_ANSWER_MS);
  assert.equal(state.output.pending, null);
  assert.deepEqual(news, ['no_answer']);
});

const over = (ended: '' | 'switched', state: 'idle' | 'taking' = 'idle') => ({ state, from: '', to: '', ends_us: 0, ended });

test('a microphone that a handover took is told as a handover, one that AV cut by its warning', () => {
  const mate = (room: Room, mic: Desk['mic']): void => void (room.desks.find((each) => each.id === 'fr/2')!.mic = mic);
  for (const handoverFirst of [true, false]) {
    const handed = stage();
    handed.join({ mic: 'on' });
    handed.room({ mic: 'on' }, (room) => (room.booths[1]!.handover = over('', 'taking')));
    if (handoverFirst) handed.room({ mic: 'on' }, (room) => (room.booths[1]!.handover = over('switched')));
    handed.room({ mic: 'off' }, (room) => {
      mate(room, 'on');
      room.booths[1]!.handover = handoverFirst ? over('switched') : over('', 'taking');
    });
    if (!handoverFirst) handed.room({ mic: 'off' }, (room) => (room.booths[1]!.handover = over('switched')));
    assert.deepEqual(handed.news, ['handover']);
  }
  const cut = stage();
  cut.join({ mic: 'on' });
  cut.room({ mic: 'off', cut: true });
  assert.deepEqual(cut.news, []);
  const later = stage();
  later.join({ mic: 'on' });
  later.room({ mic: 'off' }, (room) => (room.booths[1]!.handover = over('switched')));
  assert.deepEqual(later.news, ['cut'], 'the handover was over, and the boothmate is OFF');
});

test('a key of a handover is pending until the booth answers, and asked once', () => {
  const { state, asked, join, room, say } = stage();
  join();
  state.pressHandover('request');
  state.pressHandover('request');
  assert.deepEqual(asked.filter((each) => each.startsWith('handover')), ['handover request']);
  assert.equal(state.handover.pending, 'request');
  room({}, (next) => (next.booths[1]!.handover = over('', 'taking')));
  assert.equal(state.handover.pending, null);
  state.pressHandover('cancel');
  say('error', refusal('handover'));
  assert.equal(state.handover.pending, null);
});

test('sound follows what the server says is heard, whatever is selected', () => {
  const { state, asked, join, room } = stage();
  join();
  state.startHearing();
  room({ hears: 2, auto_relay: true });
  room({ input: 4, hears: 4 }, (next) => (next.channels[4]!.state = 'held'));
  room({ input: 4, hears: 0 });
  room({ input: 4, hears: 0, relay_lost: true });
  assert.deepEqual(asked.filter((each) => each.startsWith('listen')).map((each) => each.split(' ')[1]), ['0', '2', '4', '0']);
});
