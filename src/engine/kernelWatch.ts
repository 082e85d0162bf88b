/** Notes of what kernels and reads do while a prediction is recorded. */
import { type DataId, type NamedTensorInfoMap, Tensor } from '@tensorflow/tfjs-core';
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
  readonly externalTensors = new Set<Tensor>();
  private readonly made = new Set<DataId>();
  private fault: string | null = null;
  private isFault = false;

  /** @param inputs data of the prediction's inputs */
  constructor(private readonly inputs: ReadonlySet<DataId>) {}

  /** Why the prediction cannot be made again; null if it can. */
  get reason(): string | null {
    return this.fault;
  }

  /** True if the reason holds at any other time as well. */
  get isFinal(): boolean {
    return this.isFault;
  }

  noteKernel(kernelName: string, inputs: NamedTensorInfoMap): void {
    if (unrepeatable.has(kernelName)) this.spoil(`${kernelName} gives other values in each call`);
    for (const input of Object.values(inputs)) {
      for (const info of Array.isArray(input) ? input : [input]) {
        if (info == null || this.made.has(info.dataId) || this.inputs.has(info.dataId)) continue;
        this.external.add(info.dataId);
        if (info instanceof Tensor) this.externalTensors.add(info);
      }
    }
  }

  noteMade(dataId: DataId): void {
    this.made.add(dataId);
  }

  hasMade(dataId: DataId): boolean {
    return this.made.has(dataId);
  }

  /** Data that the prediction has made. */
  allMade(): Iterable<DataId> {
    return this.made;
  }

  /** Notes a read of values that are on the CPU: of a weight, or of a constant. */
  noteKnownRead(dataId: DataId): void {
    if (!this.made.has(dataId) && !this.inputs.has(dataId)) this.external.add(dataId);
  }

  /** Notes a read of values that depend on the inputs, as far as is known. */
  noteRead(kernelName: string): void {
    this.spoil(
      kernelName === noKernel
        ? 'it reads values while it predicts'
        : `${kernelName} reads values to the CPU`,
    );
  }

  /** Notes why the prediction cannot be made again; the first reason counts. */
  spoil(reason: string, isFinal = true): void {
    if (this.fault !== null) return;
    this.fault = reason;
    this.isFault = isFinal;
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
