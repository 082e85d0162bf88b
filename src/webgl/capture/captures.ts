/** Recorded predictions of one backend, and what kernels and reads tell the one that is being made. */
import type { DataId, NamedTensorInfoMap, Tensor } from '@tensorflow/tfjs-core';
import type { KernelWatch } from '../../engine/kernelWatch.js';
import { Recordings } from '../../engine/recordings.js';
import type { StockInternals } from '../stock/stockInternals.js';
import type { CaptureHost, Registry } from './host.js';
import { type BoundInputs, bindInputs } from './inputs.js';
import { type Predict, record } from './record.js';
import type { Recording } from './recording.js';

export class Captures extends Recordings implements Registry {
  private watch: KernelWatch | null = null;

  constructor(private readonly host: CaptureHost) {
    super();
  }

  /** True while tf.time() measures kernels. */
  get isTimed(): boolean {
    return (this.host as unknown as StockInternals).activeTimers != null;
  }

  /** Sends the inputs of a prediction to the GPU, where a recording finds them. */
  bind(inputs: readonly Tensor[]): BoundInputs {
    const { host } = this;
    return host.recovery.useContext(() => bindInputs(host, inputs));
  }

  /** Records a prediction, or returns why it cannot be made again. */
  record(predict: Predict, inputs: BoundInputs): Recording | string {
    return record(this.host, predict, inputs);
  }

  watching<T>(watch: KernelWatch, body: () => T): T {
    const outer = this.watch;
    this.watch = watch;
    try {
      return body();
    } finally {
      this.watch = outer;
    }
  }

  noteKernel(kernelName: string, inputs: NamedTensorInfoMap): void {
    this.watch?.noteKernel(kernelName, inputs);
  }

  noteMade(dataId: DataId): void {
    this.watch?.noteMade(dataId);
  }

  /** Notes that values on the GPU are about to be read. */
  noteRead(kernelName: string): void {
    this.watch?.noteRead(kernelName);
  }
}
