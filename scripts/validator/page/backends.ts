/**
 * Backends that the page can run: built-in ones, stock ones in files beside it, and a user's
 * script.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import * as tf from '@tensorflow/tfjs-core';
import '../../../src/index.js';
import { shareTfjs } from '../command/tfjsGlobal.js';
import { importMap } from './importMap.js';

/** Stock backends in separate scripts, which are loaded when selected. */
const files: Readonly<Record<string, string>> = {
  wasm: 'backend-wasm.js',
  webgpu: 'backend-webgpu.js',
};

/** Names of the backends that the page offers before any script is added. */
export const backends: readonly string[] = [
  'tiled-webgl',
  'tiled-cpu',
  'webgl',
  'cpu',
  ...Object.keys(files),
];

/** URL of the folder with the page's files; a single-file page has no files beside its script. */
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
 * Loads a stock backend's script unless the backend is already registered.
 * @throws Error that names the missing file, or says that this browser does not have the backend
 */
export async function loadBackend(name: string): Promise<void> {
  if (tf.findBackendFactory(name) == null && name in files) await loadFile(name);
  // In a browser without WebGPU, the webgpu script registers no backend.
  if (tf.findBackendFactory(name) == null) throw new Error(`this browser does not have ${name}`);
}

async function loadFile(name: string): Promise<void> {
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
 * Loads a script that registers backends. The script finds tfjs as the global `tf`; a module can
 * also import tfjs by its package names.
 * @returns the names that the script registered
 * @throws Error if the script does not load or registers no backend
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
