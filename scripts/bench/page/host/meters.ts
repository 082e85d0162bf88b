/** Meters of a prediction: its time and heap, or its WebGL calls. */
import type { HostSample } from '../../report/host.js';
import type { HostMeter } from './reads.js';

export interface SampleMeter extends HostMeter {
  /** Returns the sample up to the last pause. */
  sample(): HostSample;
}

/** Chromium's figures of its heap; exact with the flag --enable-precise-memory-info. */
interface HeapMemory {
  readonly memory?: { readonly usedJSHeapSize: number };
}

const heapBytes = () => (performance as HeapMemory).memory?.usedJSHeapSize ?? null;

/**
 * Returns a meter of milliseconds and of heap bytes, unless the heap was collected meanwhile. The whole
 * prediction ends with its last read.
 */
export function timeMeter(): SampleMeter {
  let ms = 0;
  let began = 0;
  let whole = 0;
  let allocated: number | null = 0;
  let since = { ms: 0, heap: null as number | null };
  const resume = () => {
    since = { heap: heapBytes(), ms: performance.now() };
  };
  return {
    start() {
      ms = 0;
      allocated = 0;
      resume();
      began = since.ms;
    },
    pause() {
      ms += performance.now() - since.ms;
      const heap = heapBytes();
      const isKnown = allocated !== null && heap !== null && since.heap !== null;
      allocated = isKnown && heap >= since.heap! ? allocated! + heap - since.heap! : null;
    },
    resume() {
      resume();
      whole = since.ms - began;
    },
    sample: () => ({ ms, whole, allocated, calls: {} }),
  };
}

/** Replaces every method of the page's WebGL2 contexts, for good, by one that counts its calls. */
export function callMeter(): SampleMeter {
  let counts: Record<string, number> = {};
  let total: Record<string, number> = {};
  let isOn = false;
  const { prototype } = WebGL2RenderingContext;
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (typeof value !== 'function' || name === 'constructor') continue;
    Reflect.set(prototype, name, function (this: WebGL2RenderingContext, ...given: unknown[]) {
      if (isOn) counts[name] = (counts[name] ?? 0) + 1;
      return value.apply(this, given);
    });
  }
  return {
    start() {
      counts = {};
      isOn = true;
    },
    pause() {
      isOn = false;
      total = { ...counts };
    },
    resume() {
      isOn = true;
    },
    sample: () => ({ ms: 0, whole: 0, allocated: null, calls: total }),
  };
}
