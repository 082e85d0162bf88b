/** Public calls about tuning, which they leave to the tuner of the backend's engine. */
import { engineNamed, type Tuner } from './engines.js';
import { engineOf, webglEngineOf } from './runningEngine.js';
import { predictorOf, type Tunable } from './tune/model.js';
import type { TuneOptions, TuneReport } from './tune/report.js';

/**
 * Measures the variants of every convolution that a model computes, and uses the fastest from then
 * on. The choices are kept only if they make whole predictions faster. In a page they are
 * remembered for this renderer and package version; remembered convolutions are not measured again
 * (clearTuning() forgets them).
 *
 * Runs the model about ten times. A model as a function is responsible for its own intermediate
 * tensors; tensors that it returns are disposed of.
 *
 * ```js
 * const { gain, entries } = await tune(model, x, { rounds: 3 });
 * console.log(`${gain.toFixed(2)} times as fast, ${entries.length} convolutions measured`);
 * ```
 *
 * @param model has `predict`, `execute` or `executeAsync`, or is a function of the inputs
 * @param inputs are passed to the model as they are, and are not disposed of
 * @throws Error if the backend is not a tiled one, or an argument is wrong; the signal's reason
 *   after an abort; ContextLostError if the WebGL context was lost, after which earlier
 *   measurements stay in use, but are not remembered; any error that the model throws
 */
export async function tune<Inputs>(
  model: Tunable<Inputs>,
  inputs: Inputs,
  options: TuneOptions = {},
): Promise<TuneReport> {
  const { rounds = 5 } = options;
  const call = predictorOf('tune', model);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`tune: rounds is ${rounds}; it must be a whole number of at least 1`);
  }
  const { name, backend, elsewhere } = engineOf<typeof tune>('tune', options.backend);
  if (elsewhere) return elsewhere(model, inputs, { ...options, backend: name });
  if (backend.engine === 'cpu') return { renderer: null, entries: [], gain: 1 };
  return tunerOf('tune', name).tune(name, backend, () => call(inputs), rounds, options);
}

/**
 * Returns the choices in use as JSON, for loadTuning() on the same renderer and package version, with
 * the charges of the device by which estimates go, if they were measured.
 *
 * ```js
 * localStorage.setItem('tuning', exportTuning());
 * ```
 *
 * @throws Error if the backend is not a tiled one on the WebGL engine
 */
export function exportTuning(backendName?: string): string {
  const { name, backend, elsewhere } = webglEngineOf<typeof exportTuning>(
    'exportTuning',
    backendName,
  );
  if (elsewhere) return elsewhere(name);
  return tunerOf('exportTuning', name).exportTuning(backend);
}

/**
 * Uses the choices of a record from now on. They are added to the choices in use, and replace those
 * for the same convolutions.
 *
 * ```js
 * const json = localStorage.getItem('tuning');
 * if (json !== null) loadTuning(json);
 * ```
 *
 * @param json text from exportTuning()
 * @throws Error that names what is wrong, if the record is malformed, is for another renderer or
 *   package version, or names variants that do not exist; then nothing has changed
 */
export function loadTuning(json: string, backendName?: string): void {
  const { name, backend, elsewhere } = webglEngineOf<typeof loadTuning>('loadTuning', backendName);
  if (elsewhere) return void elsewhere(json, name);
  tunerOf('loadTuning', name).loadTuning(name, backend, json);
}

/**
 * Forgets all choices for this renderer, and what was measured of the device, including what is
 * remembered: estimates decide again, by the charges of the device's family.
 *
 * ```js
 * await clearTuning();
 * await tune(model, x); // measures everything anew
 * ```
 *
 * @throws Error if the backend is not a tiled one on the WebGL engine, or tune() is running
 */
export async function clearTuning(backendName?: string): Promise<void> {
  const { name, backend, elsewhere } = webglEngineOf<typeof clearTuning>(
    'clearTuning',
    backendName,
  );
  if (elsewhere) return elsewhere(name);
  await tunerOf('clearTuning', name).clearTuning(name, backend);
}

/** @throws Error if the backend is from a class of this copy, which never registered its engine */
function tunerOf(caller: string, name: string): Tuner {
  const tuner = engineNamed('webgl')?.tuner;
  if (tuner != null) return tuner;
  throw new Error(`${caller}: '${name}' has no kernels of ours; call registerTiled() first`);
}
