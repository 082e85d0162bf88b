/** Bundles the script that registers somebody else's backend. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { UsageError } from '../lib/errors.js';

/** Two copies of tfjs are two registries: the script gets the one that is running. */
const runningTfjs: Plugin = {
  name: 'running-tfjs',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@tensorflow\/tfjs(-core|-backend-cpu|-backend-webgl)?$/ }, () => ({
      path: 'tf',
      namespace: 'global',
    }));
    onResolve({ filter: /^@tensorflow\/tfjs-core\// }, ({ path }) => ({
      errors: [{ text: `${path} would be a second copy of tfjs; import @tensorflow/tfjs-core` }],
    }));
    onLoad({ filter: /^tf$/, namespace: 'global' }, () => ({
      contents: 'module.exports = globalThis.tf;',
    }));
  },
};

export interface ModuleBundle {
  /** As it was asked for. */
  readonly file: string;
  readonly code: Uint8Array;
  /** Source map of the code, with paths from the working directory. */
  readonly map: string;
}

/**
 * A script, JavaScript or TypeScript, with what it imports, as one ES module.
 * @throws UsageError when it is not there or does not build
 */
export async function bundleModule(
  file: string,
  platform: 'browser' | 'node',
): Promise<ModuleBundle> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`--module is "${file}", which is not there`);
  // Who adds no module need not have it installed.
  const { build } = await import('esbuild');
  try {
    const { outputFiles } = await build({
      entryPoints: [path],
      outfile: 'module.js',
      bundle: true,
      format: 'esm',
      target: 'es2022',
      platform,
      sourcemap: 'external',
      sourcesContent: false,
      write: false,
      logLevel: 'silent',
      plugins: [runningTfjs],
    });
    const [map, code] = outputFiles;
    return { file, code: code.contents, map: map.text };
  } catch (error) {
    const [line] = (error as Error).message.split('\n').slice(1);
    throw new UsageError(`--module is "${file}", which does not build: ${line ?? error}`);
  }
}
