// The consoles with a scripted room in the place of a server: for a look (node tests/consoles-preview.mjs [PORT]) and for tests in a
// browser. The pages are those of src/, bundled in memory; only lib/create-session.ts is exchanged for fake-consoles.ts.
// Headers are the server's: what its Content-Security-Policy forbids fails here too.

import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SRC } from './load-ts.mjs';

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "worker-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FAKE = join(SRC, '..', 'tests', 'fake-consoles.ts');
const PAGES = ['booth', 'speak', 'av'];

const exchange = {
  name: 'fake session',
  setup: (bundler) => bundler.onResolve({ filter: /\/create-session\.js$/ }, () => ({ path: FAKE })),
};

/** Serves the pages on 127.0.0.1; port 0 picks one. */
export async function startPreview(port = 0) {
  const { outputFiles } = await build({
    entryPoints: [...PAGES.map((page) => join(SRC, 'page', `${page}.ts`)), join(SRC, 'style/main.css'), join(SRC, 'style/consoles.css')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    outdir: '/',
    outbase: SRC,
    plugins: [exchange],
    logLevel: 'warning',
  });
  const files = new Map(outputFiles.map((file) => [file.path, Buffer.from(file.contents)]));
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const page = PAGES.find((name) => path === `/${name}`);
    const body = page ? readFileSync(join(SRC, 'page', `${page}.html`), 'utf8').replace(/\{\{asset:([^}]+)\}\}/g, '/$1') : files.get(path);
    const type = page ? 'text/html; charset=utf-8' : path.endsWith('.css') ? 'text/css' : 'text/javascript';
    response.writeHead(body ? 200 : 404, { 'content-type': type, 'content-security-policy': POLICY });
    response.end(body ?? 'not there');
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** A ticket as the fake session reads it: the signature is of nobody. */
export function fakeTicket(role, booth = '', desk = 0) {
  const payload = Buffer.from(JSON.stringify({ room: 'hall', role, booth, desk })).toString('base64url');
  return `bc1.test.${payload}.unsigned`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startPreview(Number(process.argv[2] ?? 0));
  console.log(`${url}/booth#t=${fakeTicket('interpreter', 'zh-en', 1)}`);
  console.log(`${url}/speak#t=${fakeTicket('speaker')}`);
  console.log(`${url}/av#t=${fakeTicket('av')}`);
}
