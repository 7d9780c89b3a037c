// Lets a test import a TypeScript module of src/: bundled in memory by esbuild, imported as a data URL.
// Each call gives a fresh instance, so that tests share no state.

import { build } from 'esbuild';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SRC = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

let count = 0;

/** The exports of src/`path`. */
export async function loadTs(path) {
  const result = await build({
    entryPoints: [join(SRC, path)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    logLevel: 'warning',
  });
  const text = `${result.outputFiles[0].text}\n// instance ${++count}`;
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}
