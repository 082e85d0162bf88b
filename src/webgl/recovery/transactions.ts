/** Transactions of kernel calls: a call that fails frees everything that it has made. */
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import type { Call } from '../../../kernels/webgl/runner.js';
import { OutOfMemory } from '../device/memory.js';
import type { Frames } from '../frame.js';
import type { Recovery } from './recovery.js';

/** The backend that kernels run on. */
interface Host {
  readonly device: { readonly memory: { readonly isOverLimit: boolean } };
  readonly frames: Frames;
  readonly recovery: Pick<Recovery, 'explained'>;
  refCount(dataId: DataId): number;
  decRef(dataId: DataId): void;
  /** Frees GPU memory that holds only data that can be made again. */
  shrink(): void;
}

export class Transactions {
  constructor(private readonly backend: Host) {}

  get isWithin(): boolean {
    return this.backend.frames.current.undo !== null;
  }

  /** Registers `undo`, which is called if the attempt under way fails. */
  onFailure(undo: () => void): void {
    this.backend.frames.current.undo?.push(undo);
  }

  /**
   * Implements TileRunner.transaction. If the outermost attempt runs out of memory, it frees all
   * that can be made again, and tries once more.
   */
  run<T>(inputs: readonly TensorInfo[], body: () => T, call: Call | null): T {
    try {
      return this.attempt(inputs, body, call, false);
    } catch (error) {
      if (!(error instanceof OutOfMemory) || this.isWithin) throw error;
    }
    // Forms of tensors can be freed only here, where no kernel holds one.
    this.backend.shrink();
    return this.attempt(inputs, body, call, true);
  }

  private attempt<T>(
    inputs: readonly TensorInfo[],
    body: () => T,
    call: Call | null,
    isLastTry: boolean,
  ): T {
    const { backend } = this;
    const { frames } = backend;
    const outer = frames.current;
    const holds = inputs.map(({ dataId }) => backend.refCount(dataId));
    // Between two kernels, only pending work holds forms that can be made again.
    if (outer.undo === null && backend.device.memory.isOverLimit) backend.shrink();
    const undo: (() => void)[] = [];
    try {
      return frames.within({ undo, call, isLastTry: isLastTry || outer.isLastTry }, body);
    } catch (error) {
      for (const step of undo) step();
      for (const [i, { dataId }] of inputs.entries()) {
        while (backend.refCount(dataId) > holds[i]) backend.decRef(dataId);
      }
      throw backend.recovery.explained(error);
    } finally {
      outer.undo?.push(...undo);
    }
  }
}
