/** Recorded predictions of one backend, and what kernels and reads tell the one that is being made. */
import type { DataId, NamedTensorInfoMap, Tensor, TypedArray } from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../../../kernels/errors.js';
import type { KernelWatch } from '../../engine/kernelWatch.js';
import { Recordings } from '../../engine/recordings.js';
import { OutOfMemory } from '../device/memory.js';
import type { StockInternals, TexData } from '../stock/stockInternals.js';
import type { CaptureHost, Registry } from './host.js';
import { type BoundInputs, bindInputs } from './inputs.js';
import { type Predict, type Refusal, record } from './record.js';
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
  bind(inputs: readonly Tensor[]): BoundInputs | string {
    const { host } = this;
    if (!host.recovery.ready()) return 'the context was lost, and work goes on on the CPU';
    try {
      return host.recovery.useReadyContext(() => bindInputs(host, inputs));
    } catch (error) {
      // An eager prediction may do without the texture.
      if (error instanceof OutOfMemory || error instanceof NeedsFallback) return error.message;
      throw error;
    }
  }

  record(predict: Predict, inputs: BoundInputs): Recording | Refusal {
    return record(this.host, predict, inputs);
  }

  get isRecording(): boolean {
    return this.watch !== null;
  }

  valuesOnCPU({ dataId }: Tensor): TypedArray | null {
    const { values, slice } = this.host.texData.get(dataId) as TexData;
    return slice == null ? ((values ?? null) as TypedArray | null) : null;
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

  /** Notes that values on the CPU are read. */
  noteKnownRead(dataId: DataId): void {
    this.watch?.noteKnownRead(dataId);
  }

  /** Notes that values on the GPU are about to be read. */
  noteRead(kernelName: string): void {
    this.watch?.noteRead(kernelName);
  }
}
