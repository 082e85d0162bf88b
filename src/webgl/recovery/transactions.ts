/** Transactions of kernel calls: a call that fails frees everything that it has made. */
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import type { Call } from '../../../kernels/webgl/runner.js';
import { OutOfMemory } from '../device/memory.js';
import type { Recovery } from './recovery.js';

/** The backend that kernels run on. */
interface Host {
  readonly device: { isUnderPressure: boolean; readonly memory: { readonly isOverLimit: boolean } };
  readonly fuser: { call: Call | null };
  readonly recovery: Pick<Recovery, 'explained'>;
  refCount(dataId: DataId): number;
  decRef(dataId: DataId): void;
  /** Frees GPU memory that holds only data that can be made again. */
  shrink(): void;
}

export class Transactions {
  /** Undo functions of the innermost attempt under way; null outside of an attempt. */
  private undo: (() => void)[] | null = null;

  constructor(private readonly backend: Host) {}

  get isWithin(): boolean {
    return this.undo !== null;
  }

  /** Registers `undo`, which is called if the attempt under way fails. */
  onFailure(undo: () => void): void {
    this.undo?.push(undo);
  }

  /**
   * Implements TileRunner.transaction. If the outermost attempt runs out of memory, it frees all
   * that can be made again, and tries once more.
   */
  run<T>(inputs: readonly TensorInfo[], body: () => T, call: Call | null): T {
    const { backend } = this;
    const { device } = backend;
    try {
      return this.attempt(inputs, body, call);
    } catch (error) {
      if (!(error instanceof OutOfMemory) || this.undo !== null) throw error;
    }
    // Forms of tensors can be freed only here, where no kernel holds one.
    backend.shrink();
    device.isUnderPressure = true;
    try {
      return this.attempt(inputs, body, call);
    } finally {
      device.isUnderPressure = false;
    }
  }

  private attempt<T>(inputs: readonly TensorInfo[], body: () => T, call: Call | null): T {
    const { backend } = this;
    const holds = inputs.map(({ dataId }) => backend.refCount(dataId));
    const outer = { undo: this.undo, call: backend.fuser.call };
    // Between two kernels, only pending work holds forms that can be made again.
    if (outer.undo === null && backend.device.memory.isOverLimit) backend.shrink();
    const undo: (() => void)[] = [];
    this.undo = undo;
    backend.fuser.call = call;
    try {
      return body();
    } catch (error) {
      for (const step of undo) step();
      for (const [i, { dataId }] of inputs.entries()) {
        while (backend.refCount(dataId) > holds[i]) backend.decRef(dataId);
      }
      throw backend.recovery.explained(error);
    } finally {
      this.undo = outer.undo;
      backend.fuser.call = outer.call;
      outer.undo?.push(...undo);
    }
  }
}
