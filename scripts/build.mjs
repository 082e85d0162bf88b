/**
 * Builds dist/: the library (peer and dependencies left out), the scripts and
 * tests for Node, and the pages, each page one self-contained script.
 */
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  logLevel: 'warning',
  // The stock packages carry large inline source maps that nobody needs here.
  sourcesContent: false,
};

export async function buildLibrary() {
  await build({
    ...common,
    entryPoints: {
      index: 'src/index.ts',
      base: 'src/base.ts',
      validator: 'src/validator/index.ts',
    },
    outdir: 'dist',
    splitting: true,
    chunkNames: 'shared-[hash]',
    external: ['@tensorflow/*'],
  });
}
