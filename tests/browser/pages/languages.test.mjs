// A change of the language changes all of a page: afterwards every text is that of a page which was opened in that language.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeTicket } from '../../../web/tests/fake-ticket.mjs';
import { DESK, change, enter, open } from '../../lib/consoles.mjs';

/** Everything that a page says, to eyes and to ears, but for what was spoken once to a screen reader. */
const everything = (page) =>
  page.evaluate(() => {
    const said = [document.title, document.documentElement.lang, document.documentElement.dir];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) said.push(node.parentElement.matches('.sr-only[role=status]') ? '' : node.data);
      else for (const name of ['aria-label', 'aria-valuetext', 'placeholder', 'title']) if (node.hasAttribute(name)) said.push(`${name} ${node.getAttribute(name)}`);
    }
    return said.map((each) => each.trim()).filter((each) => /\p{L}/u.test(each));
  });

const settle = (page) => page.waitForTimeout(1200); // what is written once a second has been

/** Opens the microphone, and waits until its level was judged. */
async function begin(page, step) {
  await page.click(`.start[data-step=${step}]:enabled`);
  await page.waitForSelector('.microphone__verdict[data-tone=good]', { state: 'attached' });
}

const PAGES = {
  index: ['/', async (page) => page.waitForSelector('.room')],
  listen: [
    '/r/hall?fake=still',
    async (page) => {
      await page.locator('.channel', { hasText: 'Français' }).click();
      await page.waitForSelector('.player[data-state=playing]');
    },
  ],
  'listen, refused': ['/r/hall?fake=refused', async (page) => page.waitForSelector('.notice')],
  booth: [
    `/booth#t=${DESK}`,
    async (page) => {
      await enter(page);
      await change(page, "room.auto_relay = 5; own.relay_lost = true; mate.mic = 'on'");
    },
  ],
  speak: [`/speak#t=${fakeTicket('speaker')}`, async (page) => begin(page, 'open')],
  talk: [`/talk#t=${fakeTicket('speaker')}`, async (page) => begin(page, 'join')],
  av: [
    `/av#t=${fakeTicket('av')}`,
    async (page) => {
      await page.waitForSelector('tbody tr');
      await page.evaluate(() => {
        globalThis.fake.change((room) => (room.floor.inputs[0].link = 'lost'));
        globalThis.fake.call('technician', 'fr/1');
        globalThis.fake.say('fr/1', 'Camille Roux', 'av', 'hello');
      });
    },
  ],
};

describe('a change of the language', { concurrency: 2 }, () => {
  for (const [name, [path, prepare]] of Object.entries(PAGES))
    test(`changes all of ${name}`, async (context) => {
      const at = (language) => path.replace(/(?=#)|$/, `${path.includes('?') ? '&' : '?'}lang=${language}`);
      const before = (page) => page.clock.setFixedTime(new Date('2026-03-21T06:30:00Z'));
      const opened = async (language) => {
        const page = await open(context, at(language), { before });
        await prepare(page);
        return page;
      };
      const page = await opened('en');
      await page.requestGC(); // what is bound to nodes in the page must outlive it
      for (const language of ['ru', 'ar']) {
        await page.evaluate((wanted) => {
          const menu = document.querySelector('.language-menu select');
          menu.value = wanted;
          menu.dispatchEvent(new Event('change'));
        }, language);
        const fresh = await opened(language);
        await Promise.all([settle(page), settle(fresh)]);
        assert.deepEqual(await everything(page), await everything(fresh), language);
      }
    });
});
