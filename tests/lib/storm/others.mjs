// Whoever is there beside the listeners: those who make the sound, those who take it as a player does, those who come and say nothing or
// nonsense, and the one who asks all the time whether the server is there.
import https from 'node:https';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { request } from '../http.mjs';
import { oggPages } from '../sound.mjs';
import { junkHello } from './junk.mjs';
import { opusMs } from './opus.mjs';

/** Noise on the floor, which fills sockets; and an interpreter whose microphone goes on and off, so that everybody is told things. */
export async function makeSound(storm, server) {
  const speaker = await server.join({ role: 'speaker' }, storm.options);
  const { stream } = await speaker.publish('floor/main');
  speaker.speak(stream, () => Math.random() - 0.5);
  const interpreter = await server.join({ role: 'interpreter', booth: 'zh-en', desk: 1 }, storm.options);
  const desk = await interpreter.publish('desk');
  interpreter.speak(desk.stream, (i) => 0.3 * Math.sin(i / 8));
  return { people: [speaker, interpreter], interpreter };
}

export async function pressKeys(storm, interpreter, chance) {
  while (storm.running()) {
    interpreter.send({ type: 'mic', state: chance.one(['on', 'off', 'cough']) });
    interpreter.send({ type: 'output', to: chance.one(['A', 'B']) });
    await storm.rest(chance.number(200, 2000));
  }
}

/** Asks for /healthz again and again: it is answered each time. Gives how often. */
export async function askHealth(storm, server) {
  let asked = 0;
  while (storm.running()) {
    const { status, body } = await request(`${server.url}/healthz`, storm.options).catch((error) => ({ status: error.message, body: '' }));
    if (storm.ending) break;
    if (status !== 200 && storm.stoodStill()) continue;
    asked++;
    if (status !== 200) storm.world.fault(`/healthz: ${status} ${body}`);
    await storm.rest(50);
  }
  return asked;
}

/** A socket that says nothing, or too little, or nonsense, and stays for a while. */
export async function loiter(storm, server, chance) {
  const { host, port } = server;
  while (storm.running()) {
    const bare = !storm.options.ca || chance.is(0.3);
    const socket = bare ? net.connect({ host, port, allowHalfOpen: true }) : tls.connect({ host, port, ...storm.options, allowHalfOpen: true });
    socket.on('error', () => {});
    if (chance.is(0.5)) socket.resume(); // else nothing of an answer is read
    socket.write(junkHello(chance));
    await storm.rest(chance.one([0, 20, 300, 2000, 6000]));
    if (chance.is(0.3)) socket.end();
    await storm.rest(chance.one([0, 0, 200]));
    if (bare && chance.is(0.5)) socket.resetAndDestroy();
    else socket.destroy();
  }
}

function checkPages(storm, name, bytes) {
  let granule = 0;
  let number = 0;
  for (const page of oggPages(bytes)) {
    if (page.number !== number++) storm.world.fault(`${name}: page ${page.number}, and ${number - 1} was due`);
    if (page.granule < granule) storm.world.fault(`${name}: granule ${page.granule} after ${granule}`);
    granule = page.granule;
    if (number > 2 && page.packets.some((packet) => opusMs(packet) !== 20)) storm.world.fault(`${name}: page ${page.number} holds no packet of 20 ms`);
  }
}

/** A player of /live that stops reading now and then. */
export async function play(storm, server, chance, name) {
  const library = storm.options.ca ? https : http;
  while (storm.running()) {
    const pieces = [];
    const out = library.get(`${server.url}/live/hall/${chance.one(storm.channels)}.opus`, { agent: false, ...storm.options });
    const answer = await new Promise((resolve) => out.once('response', resolve).on('error', () => resolve(undefined)));
    if (answer === undefined) {
      if (storm.running() && !storm.ending) storm.world.fault(`${name}: no answer`);
      await storm.rest(500);
      continue;
    }
    answer.on('data', (bytes) => pieces.push(bytes)).on('error', () => {});
    for (let i = chance.number(1, 4); i > 0; i--) {
      await storm.rest(chance.number(100, 1500));
      if (!chance.is(0.5)) continue;
      answer.pause();
      await storm.rest(chance.one([200, 2500, 4000]));
      answer.resume();
    }
    out.destroy();
    try {
      checkPages(storm, name, Buffer.concat(pieces));
    } catch (error) {
      storm.world.fault(`${name}: ${error.message}`);
    }
    await storm.rest(chance.number(0, 500));
  }
}
