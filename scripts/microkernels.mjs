/**
 * The CPU engine's microkernels for esbuild: the module `microkernels:BUILD` has the binary of
 * kernels/cpu/wasm as its default export.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = 'kernels/cpu/wasm';

/** What each build may use beyond WebAssembly as it was first. */
const features = { 'relaxed-simd': ['simd', 'relaxed-simd'], simd: ['simd'] };

/** By name; each is compiled once in this process. */
const compiled = new Map();

async function compile(name) {
  // Large, and not to be loaded by require(), which karma.conf.js is.
  const { default: asc } = await import('assemblyscript/asc');
  const flags = features[name].flatMap((feature) => ['--enable', feature]);
  let binary;
  const { error, stderr } = await asc.main(
    [
      `${folder}/index.ts`,
      ...['--outFile', 'out.wasm', '--runtime', 'stub', '--importMemory'],
      ...['--optimizeLevel', '3', '--shrinkLevel', '1', '--noAssert', ...flags],
    ],
    {
      readFile: (path) => readFile(join(root, path), 'utf8').catch(() => null),
      writeFile: (path, contents) => {
        if (path === 'out.wasm') binary = contents;
      },
    },
  );
  if (error !== null) throw new Error(`${folder} does not compile:\n${stderr}`);
  return binary;
}

export const microkernels = {
  name: 'microkernels',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^microkernels:/ }, ({ path }) => ({
      path: path.replace(/^microkernels:/, ''),
      namespace: 'microkernels',
    }));
    onLoad({ filter: /./, namespace: 'microkernels' }, async ({ path }) => {
      if (!compiled.has(path)) compiled.set(path, compile(path));
      return { contents: await compiled.get(path), loader: 'binary' };
    });
  },
};

/** The sources of the microkernels, if they went into a build. */
export async function microkernelSources({ inputs }) {
  if (!Object.keys(inputs).some((path) => path.startsWith('microkernels:'))) return [];
  return (await readdir(join(root, folder))).map((name) => `${folder}/${name}`);
}
