/** Plugins of esbuild that say which copy of tfjs an import means. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Plugin that resolves tfjs-core to the page's global `tf`, with all that the page has loaded. */
export const coreFromGlobal = {
  name: 'core-from-global',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: 'tf', namespace: 'global' }));
    onLoad({ filter: /^tf$/, namespace: 'global' }, () => ({
      contents: 'module.exports = globalThis.tf;',
    }));
  },
};

/**
 * Plugin that resolves tfjs, in a script tag, to the global `tf` at that time, which contains core
 * and both stock backends.
 */
export const tfjsFromGlobal = {
  name: 'tfjs-from-global',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@tensorflow\// }, ({ path }) =>
      /^@tensorflow\/tfjs-(core|backend-cpu|backend-webgl)$/.test(path)
        ? { path: 'tf', namespace: 'global' }
        : { errors: [{ text: `${path} is not part of the global tf` }] },
    );
    onLoad({ filter: /^tf$/, namespace: 'global' }, () => ({
      contents: `module.exports = require('./src/tfjsGlobal.ts').takeTfjs(globalThis.tf);`,
      resolveDir: root,
    }));
  },
};

/**
 * Plugin for face-api's build without tfjs, which imports files of tfjs packages: replaces them
 * with the page's tfjs.
 */
export const tfjsForFaceApi = {
  name: 'tfjs-for-face-api',
  setup({ onLoad, onResolve }) {
    const importer = 'face-api.esm-nobundle.js';
    onResolve({ filter: /^@tensorflow\/.*\/dist\/index\.js$/ }, ({ path, importer: from }) => {
      if (!from.endsWith(importer)) return undefined;
      return path.startsWith('@tensorflow/tfjs/')
        ? { path: join(root, 'scripts/models/tfjsForFaceApi.ts') }
        : { path, namespace: 'nothing' };
    });
    onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: 'export {};' }));
  },
};
