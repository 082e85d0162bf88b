/**
 * esbuild plugin for the CPU engine's microkernels: the module `microkernels:BUILD` exports the
 * binary of kernels/cpu/wasm as default.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = 'kernels/cpu/wasm';

/** WebAssembly features that each build may use beyond the first version of WebAssembly. */
const features = { 'relaxed-simd': ['simd', 'relaxed-simd'], simd: ['simd'] };

/** Names of these features in the optimizer, and features of every engine that has SIMD. */
const optimizerNames = { simd: 'SIMD128', 'relaxed-simd': 'RelaxedSIMD' };
const older = ['MutableGlobals', 'SignExt', 'NontrappingFPToInt', 'BulkMemory', 'BulkMemoryOpt'];

/** Compiled builds by name; each is compiled once in this process. */
const compiled = new Map();

async function compile(name) {
  // Imported here because the compiler is large, and because Karma loads karma.conf.js, which
  // imports this file, by require(), which cannot load the compiler.
  const { default: asc } = await import('assemblyscript/asc');
  const flags = features[name].flatMap((feature) => ['--enable', feature]);
  let binary;
  const { error, stderr } = await asc.main(
    [
      `${folder}/index.ts`,
      ...['--outFile', 'out.wasm', '--runtime', 'stub', '--importMemory'],
      ...['--optimizeLevel', '2', '--shrinkLevel', '0', '--noAssert', ...flags],
    ],
    {
      readFile: (path) => readFile(join(root, path), 'utf8').catch(() => null),
      writeFile: (path, contents) => {
        if (path === 'out.wasm') binary = contents;
      },
    },
  );
  if (error !== null) throw new Error(`${folder} does not compile:\n${stderr}`);
  return smaller(binary, name);
}

/**
 * Returns a binary that does the same in less room. It is a step of its own because the optimizer folds
 * code that differs in a constant, such as loops for each element-wise operator, before it knows what the
 * constant makes of that code: one loop would be left, which asks for the operator at every value.
 */
async function smaller(binary, name) {
  const { default: binaryen } = await import('assemblyscript/binaryen');
  const { Features } = binaryen;
  const module = binaryen.readBinary(binary);
  try {
    const allowed = [...older, ...features[name].map((feature) => optimizerNames[feature])];
    module.setFeatures(allowed.reduce((all, feature) => all | Features[feature], 0));
    binaryen.setOptimizeLevel(3);
    binaryen.setShrinkLevel(1);
    module.optimize();
    return module.emitBinary();
  } finally {
    module.dispose();
  }
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

/** Returns the paths of the microkernels' sources if a build includes them. */
export async function microkernelSources({ inputs }) {
  if (!Object.keys(inputs).some((path) => path.startsWith('microkernels:'))) return [];
  return (await readdir(join(root, folder))).map((name) => `${folder}/${name}`);
}
