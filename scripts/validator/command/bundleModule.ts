/** Bundler of a user's script that registers a backend. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { UsageError } from '../../lib/errors.js';

/** Gives the script the running tfjs, because two copies of tfjs would have two registries. */
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
  /** File name as given by the user. */
  readonly file: string;
  readonly code: Uint8Array;
  /** Source map of the code, with paths relative to the working directory. */
  readonly map: string;
}

/**
 * Bundles a JavaScript or TypeScript file and its imports into one ES module.
 * @throws UsageError if the file does not exist or does not build
 */
export async function bundleModule(
  file: string,
  platform: 'browser' | 'node',
): Promise<ModuleBundle> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`--module is "${file}", which is not there`);
  // Imported here so that users who add no module need not install it.
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
