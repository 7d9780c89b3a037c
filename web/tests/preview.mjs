// Called by ./preview: bundles src/page with a fake session in the place of session/create-session (fake/consoles.ts for the consoles), and
// serves the result with the Content-Security-Policy of the real server. A reload bundles again.

import { build } from 'esbuild';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fakeTicket } from './fake-ticket.mjs';

const TESTS = dirname(fileURLToPath(import.meta.url));
const SRC = join(TESTS, '..', 'src');
const CONSOLES = ['booth', 'speak', 'av', 'talk'];
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html; charset=utf-8', '.json': 'application/json' };
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "worker-src 'self'; media-src 'self' blob:; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const fake = {
  name: 'fake-session',
  setup: (hooks) =>
    hooks.onResolve({ filter: /create-session\.js$/ }, ({ importer }) => ({
      path: join(TESTS, CONSOLES.includes(basename(importer, '.ts')) ? 'fake/consoles.ts' : 'fake/listener.ts'),
    })),
};
const sources = (folder, ...endings) =>
  readdirSync(join(SRC, folder)).filter((name) => endings.includes(extname(name))).map((name) => join(SRC, folder, name));

/** Bundled files by address, and the address of each built file by its name in the HTML. */
async function bundle() {
  const options = { bundle: true, write: false, outdir: '/assets', outbase: SRC, metafile: true, logLevel: 'warning', loader: { '.svg': 'copy', '.png': 'copy' } };
  const entryPoints = [...sources('page', '.ts'), ...sources('style', '.css'), ...sources('image', '.svg', '.png')];
  const result = await build({ ...options, entryPoints, format: 'esm', plugins: [fake], define: { WORKER_URL: '""', PLAYER_URL: '""', CAPTURE_URL: '""', LIMITER_URL: '""' } });
  return new Map(result.outputFiles.map((file) => [file.path, file.contents]));
}

async function roomList() {
  const result = await build({ entryPoints: [join(TESTS, 'fake/listener.ts')], bundle: true, write: false, format: 'esm', platform: 'neutral' });
  const module = await import(`data:text/javascript;base64,${Buffer.from(result.outputFiles[0].text).toString('base64')}`);
  return JSON.stringify(module.fakeRoomList());
}

function page(path) {
  const name = path === '/' ? 'index' : path.startsWith('/r/') ? 'listen' : path.slice(1);
  const html = readFileSync(join(SRC, 'page', `${name}.html`), 'utf8');
  return html.replace(/\{\{asset:([^}]+)\}\}/g, '/assets/$1');
}

async function answer(path) {
  if (path === '/api/rooms') return [await roomList(), '.json'];
  if (!path.startsWith('/assets/')) {
    files = await bundle();
    return [page(path), '.html'];
  }
  return [files.get(path), extname(path)];
}

let files = await bundle();

export const server = createServer((request, response) => {
  answer(new URL(request.url, 'http://localhost').pathname).then(
    ([body, ending]) => {
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': TYPES[ending] ?? 'application/octet-stream', 'content-security-policy': POLICY });
      response.end(body);
    },
    (error) => response.writeHead(404).end(String(error)),
  );
});
if (import.meta.url === pathToFileURL(process.argv[1]).href)
  server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
    const tickets = [fakeTicket('interpreter', 'zh-en', 1), fakeTicket('speaker'), fakeTicket('av'), fakeTicket('speaker')];
    const pages = ['r/hall', ...CONSOLES.map((page, index) => `${page}#t=${tickets[index]}`)];
    for (const page of pages) console.log(`http://127.0.0.1:${server.address().port}/${page}`);
  });
