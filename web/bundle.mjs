// Bundles the pages with esbuild; called by ./build, which has installed the packages and checked the types.
//
//   src/worklet/*.ts  --+  leaves: one self-contained script each, for AudioWorklet.addModule()
//   src/worker/engine.ts  a module worker; what it imports lazily (the WASM decoder) becomes a chunk of its own
//         |                URLs of all these reach the code as constants (src/session/assets.d.ts)
//   src/page/*.ts, src/style/*.css, src/image/*  -->  OUTDIR/assets/NAME-HASH.EXT
//         |                those that some page names; their names reach the HTML by its placeholders
//   src/page/*.html   -->  OUTDIR/*.html
//   src/image/*.webmanifest  -->  OUTDIR/assets too, last but the HTML: it names images by the same placeholders
//
// THE CONVENTION FOR HTML: where a page names a built file it writes {{asset:FOLDER/NAME.EXT}}, EXT being the built one:
//     <link rel="stylesheet" href="{{asset:style/main.css}}">
//     <script type="module" src="{{asset:page/listen.js}}"></script>
//     <link rel="icon" href="{{asset:image/icon.svg}}">
// It becomes the absolute address /assets/listen-HASH.js. What no HTML names is no entry point; a name without a file is an error. Inline scripts and styles are
// not possible: the server's Content-Security-Policy forbids them. In CSS, @import of a package's style and url(...) just work.
// Assets have their hash in the name and may be cached for ever; the HTML may not.

import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = join(dirname(fileURLToPath(import.meta.url)), 'src');
const IMAGES = ['.svg', '.png', '.ico', '.woff2'];
const EMBEDDED = Object.fromEntries(IMAGES.map((ending) => [ending, 'file']));
const COPIED = Object.fromEntries(IMAGES.map((ending) => [ending, 'copy']));
const PLACEHOLDER = /\{\{asset:([^}]+)\}\}/g;

/** The files of a folder of src/ that end in `ending`, as paths; none when the folder is not there. */
function sources(folder, ending) {
  const path = join(SRC, folder);
  if (!existsSync(path)) return [];
  const names = readdirSync(path).filter((name) => name.endsWith(ending) && !name.endsWith('.d.ts'));
  return names.sort().map((name) => join(path, name));
}

/**
 * The sources of everything that the texts (pages and manifests, with their names) name: page/listen.js is made of page/listen.ts, the rest
 * has its own name.
 */
function entries(pages) {
  const found = new Set();
  for (const [page, html] of pages) {
    for (const [, name] of html.matchAll(PLACEHOLDER)) {
      const source = join(SRC, name.replace(/\.js$/, '.ts'));
      if (!existsSync(source)) throw new Error(`${page} names {{asset:${name}}}, but there is no ${relative(SRC, source)}`);
      found.add(source);
    }
  }
  return [...found].sort();
}

/** The text with the addresses of what it names. */
const filled = (text, names) => text.replace(PLACEHOLDER, (_, name) => names[name]);

/** Writes the manifests; gives the map from "image/app.webmanifest" to their addresses. */
function writeManifests(out, manifests, names) {
  const entries = manifests.map(([name, text]) => {
    const content = filled(text, names);
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase();
    const file = `${basename(name, '.webmanifest')}-${hash}.webmanifest`;
    writeFileSync(join(out, 'assets', file), content);
    written.add(file);
    return [name, `/assets/${file}`];
  });
  return Object.fromEntries(entries);
}

/** Bundles the entry points; gives the map from "page/listen.js" to "/assets/listen-HASH.js". */
async function bundle(out, entryPoints, options) {
  if (entryPoints.length === 0) return {};
  const result = await build({
    entryPoints,
    bundle: true,
    minify: true,
    metafile: true,
    outdir: join(out, 'assets'),
    outbase: SRC,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    // The oldest browsers in which listeners get sound (by WASM): module workers and AudioWorklet.
    target: ['chrome94', 'firefox114', 'safari15'],
    logLevel: 'warning',
    ...options,
  });
  const names = {};
  for (const [path, { entryPoint, inputs }] of Object.entries(result.metafile.outputs)) {
    written.add(basename(path));
    // The loader "copy" names no entry point: the one input is it.
    const from = entryPoint ?? (options.loader === COPIED ? Object.keys(inputs)[0] : undefined);
    if (from) names[relative(SRC, resolve(from)).replace(/\.ts$/, '.js')] = `/assets/${basename(path)}`;
  }
  return names;
}

/** The constants by which the main thread finds worker and worklets; '' where there is none yet. */
function constants(names) {
  const url = (name) => JSON.stringify(names[name] ?? '');
  return {
    WORKER_URL: url('worker/engine.js'),
    PLAYER_URL: url('worklet/player.js'),
    CAPTURE_URL: url('worklet/capture.js'),
    LIMITER_URL: url('worklet/limiter.js'),
  };
}

const out = process.argv[2];
const written = new Set();
mkdirSync(join(out, 'assets'), { recursive: true });

const pages = sources('page', '.html').map((path) => [basename(path), readFileSync(path, 'utf8')]);
const manifests = sources('image', '.webmanifest').map((path) => [relative(SRC, path), readFileSync(path, 'utf8')]);
const named = entries([...pages, ...manifests]);
const isCode = (path) => /\.(ts|css)$/.test(path);
const isImage = (path) => IMAGES.some((ending) => path.endsWith(ending));

const leaves = {
  ...(await bundle(out, sources('worklet', '.ts'), { format: 'iife' })),
  ...(await bundle(out, sources('worker', 'engine.ts'), { format: 'esm', splitting: true })),
};
const names = {
  ...(await bundle(out, named.filter(isCode), { format: 'esm', splitting: true, define: constants(leaves), loader: EMBEDDED })),
  ...(await bundle(out, named.filter(isImage), { loader: COPIED })),
};
Object.assign(names, writeManifests(out, manifests, names));
for (const [page, html] of pages) writeFileSync(join(out, page), filled(html, names));

// What earlier builds left: nobody asks for it any more, because no HTML names it.
for (const name of readdirSync(join(out, 'assets'))) if (!written.has(name)) rmSync(join(out, 'assets', name));
console.log(`web: ${pages.length} pages, ${written.size} assets`);
