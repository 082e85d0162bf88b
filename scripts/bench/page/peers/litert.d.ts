/** The part of LiteRT.js that the benchmark uses. */
export class Tensor {
  constructor(data: Float32Array, shape: readonly number[]);
  toTypedArray(): Float32Array;
  delete(): void;
}

interface CompiledModel {
  run(input: Tensor): Promise<Tensor[]>;
}

export function loadLiteRt(path: string, options: { threads: boolean }): Promise<unknown>;

export function loadAndCompile(
  model: Uint8Array,
  options: { accelerator: 'wasm'; cpuOptions: { numThreads: number } },
): Promise<CompiledModel>;
