/** Lookup of the tiled backend that a public call acts on. The lookup never starts a backend. */
import { engine, findBackendFactory, setBackend } from '@tensorflow/tfjs-core';
import { attemptOf, copyOf, isCompatible, thisCopy } from './engine/brand.js';
import type { TiledBackend } from './engines.js';

/**
 * A running backend made by this copy of the package, or the same call in the copy that made it.
 */
export type Found<Call> = { readonly name: string } & (
  | { readonly backend: TiledBackend; readonly elsewhere?: undefined }
  | { readonly backend?: undefined; readonly elsewhere: Call }
);

/**
 * Finds the named backend; by default the active backend if it is a tiled one, else `tiled`,
 * or the one that an entry of one engine has registered.
 * @param caller name of the public call, of type `Call`
 * @throws Error if the backend is not a tiled one, is not running (the message says why, and which
 *   backend is active), or is from a version of this package with other calls
 */
export function engineOf<Call>(caller: string, backendName?: string): Found<Call> {
  const name = backendName ?? nameOfOurs();
  const backend = running(name);
  const copy = copyOf(backend);
  if (copy === thisCopy) return { name, backend: backend as TiledBackend };
  if (copy === undefined) throw new Error(`${caller}: ${whyNone(name)}`);
  const { version, calls } = copy;
  if (isCompatible(version, thisCopy.version) && calls[caller] !== undefined) {
    return { name, elsewhere: calls[caller] as Call };
  }
  throw new Error(
    `${caller}: '${name}' is a backend of tfjs-backend-tiled ${version}, and this is ` +
      `${thisCopy.version}; load one of them only`,
  );
}

/** Finds a backend as engineOf() does, but throws for the CPU engine. */
export function webglEngineOf<Call>(caller: string, backendName?: string) {
  const { name, backend, elsewhere } = engineOf<Call>(caller, backendName);
  if (elsewhere) return { name, elsewhere };
  if (backend?.engine === 'webgl') return { name, backend };
  throw new Error(`${caller}: '${name}' computes on the CPU, where there is nothing to tune`);
}

/** Returns the backend that runs under a name. tfjs's findBackend() would start it. */
export function running(name: string | null | undefined): object | undefined {
  return name == null ? undefined : engine().registry[name];
}

function nameOfOurs(): string {
  const active = engine().backendName;
  const isOurs = copyOf(running(active)) ?? attemptOf(findBackendFactory(active));
  if (isOurs !== undefined) return active;
  const names = ['tiled', 'tiled-webgl', 'tiled-cpu'];
  return names.find((name) => attemptOf(findBackendFactory(name)) !== undefined) ?? 'tiled';
}

const toRegister =
  'registerTiled() registers ours, and the entries /webgl and /cpu of tfjs-backend-tiled one each';

function whyNone(name: string): string {
  const active = engine().backendName;
  const now =
    running(active) === undefined ? 'no backend is active' : `the active backend is '${active}'`;
  const factory = findBackendFactory(name);
  const attempt = attemptOf(factory);
  if (running(name) !== undefined || (factory !== null && attempt === undefined)) {
    return `'${name}' is not a tiled backend; ${now}; call await tf.setBackend('${nameOfOurs()}') first`;
  }
  if (attempt === undefined) {
    return `there is no backend '${name}'; ${now}; ${toRegister}`;
  }
  return attempt.failure === null
    ? `'${name}' is not running; ${now}; call await tf.setBackend('${name}') first`
    : `'${name}' could not start: ${attempt.failure}; ${now}`;
}

/** Runs `body` with a backend active, and then reactivates the previous backend. */
export async function onBackend<T>(name: string, body: () => Promise<T>): Promise<T> {
  const active = engine().backendName;
  if (active === name) return body();
  await setBackend(name);
  try {
    return await body();
  } finally {
    if (active != null) await setBackend(active);
  }
}
