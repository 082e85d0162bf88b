/** Kernel calls that happen as a whole or not at all: what a failing one has made is freed. */
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import type { Call } from '../../../kernels/webgl/runner.js';
import { OutOfMemory } from '../device/memory.js';
import type { Recovery } from './recovery.js';

/** The backend that kernels run on. */
interface Host {
  readonly device: { isShort: boolean; readonly memory: { readonly isOverLimit: boolean } };
  readonly joining: { call: Call | null };
  readonly recovery: Pick<Recovery, 'explained'>;
  refCount(dataId: DataId): number;
  decRef(dataId: DataId): void;
  /** Frees GPU memory that holds nothing but what can be made again. */
  shrink(): void;
}

export class Attempts {
  /** What takes back the steps since the innermost one began; null outside of one. */
  private undo: (() => void)[] | null = null;

  constructor(private readonly backend: Host) {}

  get isWithin(): boolean {
    return this.undo !== null;
  }

  /** Should what is under way fail, `undo` takes back a step of it. */
  onFailure(undo: () => void): void {
    this.undo?.push(undo);
  }

  /**
   * TileRunner.allOrNothing. The outermost one that finds no memory frees what can be made again, and
   * tries once more.
   */
  allOrNothing<T>(inputs: readonly TensorInfo[], body: () => T, call: Call | null): T {
    const { backend } = this;
    const { device } = backend;
    try {
      return this.attempt(inputs, body, call);
    } catch (error) {
      if (!(error instanceof OutOfMemory) || this.undo !== null) throw error;
    }
    // Only here, where nobody holds a form of a tensor, can forms be freed.
    backend.shrink();
    device.isShort = true;
    try {
      return this.attempt(inputs, body, call);
    } finally {
      device.isShort = false;
    }
  }

  private attempt<T>(inputs: readonly TensorInfo[], body: () => T, call: Call | null): T {
    const { backend } = this;
    const holds = inputs.map(({ dataId }) => backend.refCount(dataId));
    const outer = { undo: this.undo, call: backend.joining.call };
    // Between two kernels nobody holds a form that can be made again, but for what waits.
    if (outer.undo === null && backend.device.memory.isOverLimit) backend.shrink();
    const undo: (() => void)[] = [];
    this.undo = undo;
    backend.joining.call = call;
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
      backend.joining.call = outer.call;
      outer.undo?.push(...undo);
    }
  }
}
