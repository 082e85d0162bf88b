/** Notes of what kernels and reads do while a prediction is recorded. */
import type { DataId, NamedTensorInfoMap } from '@tensorflow/tfjs-core';
import { noKernel } from './engineLog.js';

/** Kernels whose results differ from call to call, or come from outside of the graph. */
const unrepeatable = new Set([
  'Dropout',
  'FromPixels',
  'Multinomial',
  'RandomGamma',
  'RandomNormal',
  'RandomStandardNormal',
  'RandomUniform',
  'RandomUniformInt',
  'TruncatedNormal',
]);

export class KernelWatch {
  /** Data that a kernel read and that none of them made. */
  readonly external = new Set<DataId>();
  private readonly made = new Set<DataId>();
  private fault: string | null = null;

  /** @param inputs data of the prediction's inputs */
  constructor(private readonly inputs: ReadonlySet<DataId>) {}

  get reason(): string | null {
    return this.fault;
  }

  noteKernel(kernelName: string, inputs: NamedTensorInfoMap): void {
    if (unrepeatable.has(kernelName)) this.spoil(`${kernelName} gives other values in each call`);
    for (const input of Object.values(inputs)) {
      for (const info of Array.isArray(input) ? input : [input]) {
        if (info == null || this.made.has(info.dataId) || this.inputs.has(info.dataId)) continue;
        this.external.add(info.dataId);
      }
    }
  }

  noteMade(dataId: DataId): void {
    this.made.add(dataId);
  }

  hasMade(dataId: DataId): boolean {
    return this.made.has(dataId);
  }

  /** Notes a read of values that depend on the inputs, as far as is known. */
  noteRead(kernelName: string): void {
    this.spoil(
      kernelName === noKernel
        ? 'it reads values while it predicts'
        : `${kernelName} reads values to the CPU`,
    );
  }

  spoil(reason: string): void {
    this.fault ??= reason;
  }
}

/** Runs `body`, and tells the watch if it asks for a random number. */
export function watchingRandom<T>(watch: KernelWatch, body: () => T): T {
  const { random } = Math;
  Math.random = () => {
    watch.spoil('it uses random numbers');
    return random();
  };
  try {
    return body();
  } finally {
    Math.random = random;
  }
}
