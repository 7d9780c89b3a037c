// The pages against what web/tests/preview.mjs serves, without a server and without sound. Who imports this gets a browser and the pages for as
// long as its tests run.
import { after, before } from 'node:test';
import { server } from '../../web/tests/preview.mjs';
import { launchShell } from './chromium.mjs';

let browser;
let url;

before(async () => {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${server.address().port}`;
  browser = await launchShell();
});

after(async () => {
  await browser?.close();
  server.close();
  server.closeAllConnections();
});

/** Where the pages are, once the tests run. */
export const origin = () => url;

/**
 * A page at `path`, in a profile of its own that is closed when the test `t` ends. `before(page)` is done before the page is loaded. `complain` is
 * called with each error of the page and each line that it wrote to its console as one.
 */
export async function preview(t, path, { before: prepare, ...options }, complain) {
  const profile = await browser.newContext(options);
  t.after(() => profile.close());
  const page = await profile.newPage();
  page.on('pageerror', (error) => complain(error.message));
  page.on('console', (line) => line.type() === 'error' && complain(line.text()));
  await prepare?.(page);
  await page.goto(url + path);
  return page;
}
