/** Which backends the page can run: its own, those of a file beside it, and anybody's script. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import * as tf from '@tensorflow/tfjs-core';
import '../../../src/index.js';
import { shareTfjs } from '../../validate/tfjsGlobal.js';
import { importMap } from './importMap.js';

/** Stock backends that are scripts of their own, loaded when they are chosen. */
const files: Readonly<Record<string, string>> = {
  wasm: 'backend-wasm.js',
  webgpu: 'backend-webgpu.js',
};

/** What the page offers before any script is added. */
export const backends: readonly string[] = [
  'tiled-webgl',
  'tiled-cpu',
  'webgl',
  'cpu',
  ...Object.keys(files),
];

/** Where its files lie: a page in one file has none beside its script. */
const pageUrl = new URL('.', location.href);

export function isAvailable(name: string): boolean {
  return name in files || tf.findBackendFactory(name) != null;
}

function loadScript(url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url.href;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${url.href} did not load`));
    document.head.append(script);
  });
}

/**
 * Loads a stock backend's script unless it is there.
 * @throws Error that says which file is missing
 */
export async function loadBackend(name: string): Promise<void> {
  if (tf.findBackendFactory(name) != null || !(name in files)) return;
  shareTfjs();
  try {
    await loadScript(new URL(files[name], pageUrl));
  } catch (error) {
    throw new Error(
      `The backend ${name} is a script beside the page: ${(error as Error).message}. ` +
        `Copy ${files[name]} there from the folder dist/pages.`,
    );
  }
}

/**
 * Loads a script that registers backends. It finds tfjs as the global `tf`, and by the names of
 * its packages when it is a module.
 * @returns the names it has registered
 * @throws Error when it does not load or registers none
 */
export async function addModule(url: string, name: string): Promise<string[]> {
  shareTfjs();
  importMap();
  const registered = () => Object.keys(tf.engine().registryFactory);
  const before = registered();
  try {
    await import(new URL(url, location.href).href);
  } catch (error) {
    throw new Error(`${name} did not load: ${(error as Error).message}`);
  }
  const added = registered().filter((backend) => !before.includes(backend));
  if (added.length > 0) return added;
  throw new Error(`${name} registers no backend that the page lacks: it must call registerBackend`);
}
