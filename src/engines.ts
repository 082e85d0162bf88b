/** The engines that this copy of the package has registered, and what public calls need of each. */
import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import type { StockBackend } from './tfjsCopies.js';
import type { TuneOptions, TuneReport } from './tune/report.js';
import type { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

export type EngineName = 'webgl' | 'cpu';

/** A backend of ours; its `engine` says which of the two it is. */
export type TiledBackend = TiledWebGLBackend | TiledCPUBackend;

type Kernel = Pick<KernelConfig, 'kernelName' | 'kernelFunc'>;

/** Measurement of the variants of running backends; the public calls say what each function does. */
export interface Tuner {
  tune(
    name: string,
    backend: TiledWebGLBackend,
    predict: () => unknown,
    rounds: number,
    options: TuneOptions,
  ): Promise<TuneReport>;
  exportTuning(backend: TiledWebGLBackend): string;
  loadTuning(name: string, backend: TiledWebGLBackend, json: string): void;
  clearTuning(name: string, backend: TiledWebGLBackend): Promise<void>;
}

/** An engine as its entry of the package brings it. */
export interface Engine {
  readonly name: EngineName;
  /** Stock backend that it inherits from, and to whose kernels it falls back. */
  readonly stock: StockBackend;
  /** Kernels that replace stock's. */
  readonly kernels: readonly Kernel[];
  /** Returns the kernel to register for one of stock's that has no replacement. */
  inherit(kernel: KernelConfig): Kernel;
  /** @param reason why this engine was chosen, for tiledInfo() */
  make(reason?: string): TiledBackend;
  /** Names of its variants, for forceVariant(). */
  readonly variantNames: readonly string[];
  /** Measurement of its variants; null if there is nothing to tune. */
  readonly tuner: Tuner | null;
}

const registered = new Map<EngineName, Engine>();

/** Makes an engine known to public calls. */
export function provide(engine: Engine): void {
  registered.set(engine.name, engine);
}

/** Returns the engine, or undefined if no entry that was imported has it. */
export function engineNamed(name: EngineName): Engine | undefined {
  return registered.get(name);
}

/** Returns the stock backends of all engines that are known. */
export function stockBackends(): StockBackend[] {
  return [...registered.values()].map(({ stock }) => stock);
}
