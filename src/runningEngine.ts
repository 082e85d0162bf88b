/** The backend of ours that a public call is about. */
import { engine, findBackend, setBackend } from '@tensorflow/tfjs-core';
import { TiledCPUBackend } from './backend/TiledCPUBackend.js';
import { TiledWebGLBackend } from './backend/TiledWebGLBackend.js';

/**
 * The named backend, else the active one if it is ours, else `tiled`.
 * @throws Error where that is none of ours, or was never used
 */
export function engineOf(caller: string, backendName?: string) {
  const active = engine().backendName;
  const name = backendName ?? (active?.startsWith('tiled') ? active : 'tiled');
  const backend = findBackend(name);
  if (backend instanceof TiledWebGLBackend || backend instanceof TiledCPUBackend) {
    return { name, backend };
  }
  throw new Error(
    `${caller}: '${name}' is not a running tiled backend; call tf.setBackend('tiled') first`,
  );
}

/** Runs `body` with a backend active, and puts back the one that was. */
export async function onBackend<T>(name: string, body: () => Promise<T>): Promise<T> {
  const active = engine().backendName;
  if (active === name) return body();
  await setBackend(name);
  try {
    return await body();
  } finally {
    await setBackend(active);
  }
}
