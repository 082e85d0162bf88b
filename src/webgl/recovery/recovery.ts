/**
 * Recovery from a lost WebGL context. Kernels, reads and uploads check here first. At the
 * first check after a loss, tensors whose values are kept become values on the CPU, and go to the
 * GPU when they are next used; all other tensors are marked as lost. A flag then decides where work
 * continues.
 */
import {
  browser,
  type DataId,
  engine,
  env,
  FromPixels,
  type FromPixelsAttrs,
  type FromPixelsInputs,
  findBackend,
  getKernel,
  type KernelConfig,
  type NamedTensorInfoMap,
  setBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { ContextLostError, TensorLostError } from '../../../kernels/errors.js';
import { copyOf } from '../../engine/brand.js';
import type { EngineLog } from '../../engine/engineLog.js';
import { checkLossChoice, ON_CONTEXT_LOSS } from '../../engine/flags.js';
import type { FrameChanges, Frames } from '../frame.js';
import type { TexData } from '../stock/stockInternals.js';
import type { TensorRecords } from '../stock/tensorRecords.js';
import type { ContextInfo } from './contextInfo.js';
import type { KeptValues } from './keptValues.js';

const CPU = 'tiled-cpu';

/** The backend that owns the context. */
export interface ContextOwner {
  readonly frames: Frames;
  readonly device: { readonly isLost: boolean };
  /** True if it is the backend in use. */
  readonly isActive: boolean;
  readonly records: TensorRecords<TexData>;
  readonly kept: KeptValues;
  /** Drops everything in the lost context, and pending results, which can no longer be drawn. */
  dropContext(): void;
  /** @throws Error if no new context can be made */
  makeContext(): void;
}

export class Recovery {
  private isDropped = false;
  /** Lost data, with the reason. */
  private readonly gone = new Map<DataId, string>();
  private losses = 0;
  private restored = 0;
  private lost = 0;

  constructor(private readonly owner: ContextOwner) {}

  info(): ContextInfo {
    const { losses, restored, lost, owner } = this;
    const keptBytes = owner.kept.bytes;
    return { losses, tensorsRestored: restored, tensorsLost: lost, keptBytes };
  }

  /** True while a call uses the context, so that it must not be exchanged. */
  get isInUse(): boolean {
    return this.owner.frames.current.usesContext;
  }

  /**
   * Returns true if there is a context, possibly a new one; false if work continues on the CPU
   * engine.
   * @throws ContextLostError if there is no context
   */
  ready(): boolean {
    if (!this.owner.device.isLost) return true;
    this.notice();
    const choice: unknown = env().get(ON_CONTEXT_LOSS);
    checkLossChoice(choice);
    if (choice === 'throw') {
      throw new ContextLostError(
        `${ON_CONTEXT_LOSS} is 'throw'; set it to 'restore', or use another backend`,
      );
    }
    if (choice === 'cpu') {
      this.goToCPU();
      return false;
    }
    try {
      this.owner.makeContext();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const what = `a new one cannot be made now (${reason}); the next call tries again`;
      throw new ContextLostError(what, { cause: error });
    }
    this.isDropped = false;
    return true;
  }

  /**
   * If the context is lost, moves every tensor to the CPU or marks it as lost.
   * @throws ContextLostError while a call uses the lost context
   */
  notice(): void {
    const { owner } = this;
    if (!owner.device.isLost) return;
    if (this.isInUse) throw new ContextLostError('a kernel was using it; predict again');
    if (this.isDropped) return;
    this.isDropped = true;
    this.losses++;
    owner.dropContext();
    for (const dataId of new Set([...owner.records.made(), ...owner.kept.ids()])) {
      this.bringBack(dataId);
    }
  }

  /**
   * Runs a body that uses the context, after making sure that there is one.
   * @throws ContextLostError if there is none
   */
  useContext<T>(body: () => T, changes?: FrameChanges): T {
    if (!this.isInUse && !this.ready()) {
      throw new ContextLostError(`kernels run on ${CPU}, and this is not a kernel`);
    }
    return this.useReadyContext(body, changes);
  }

  /**
   * Runs a body that uses the context, after ready() has returned true.
   * @param changes further changes of its frame
   */
  useReadyContext<T>(body: () => T, changes: FrameChanges = {}): T {
    try {
      return this.owner.frames.within({ ...changes, usesContext: true }, body);
    } catch (error) {
      throw this.explained(error);
    }
  }

  /** Wraps `error` in ContextLostError if the context was lost. */
  explained(error: unknown): unknown {
    if (!this.owner.device.isLost || error instanceof ContextLostError) return error;
    return new ContextLostError('a kernel was using it; predict again', { cause: error });
  }

  /** @throws TensorLostError */
  assertThere(dataId: DataId): void {
    const reason = this.gone.get(dataId);
    if (reason === undefined) return;
    const { shape, dtype } = this.owner.records.get(dataId);
    throw new TensorLostError(shape, dtype, reason);
  }

  /** @throws TensorLostError if an input is lost */
  assertAllThere(inputs: NamedTensorInfoMap | readonly TensorInfo[]): void {
    if (this.gone.size === 0) return;
    for (const input of Object.values(inputs)) if (input != null) this.assertThere(input.dataId);
  }

  /** Forgets data that was disposed. */
  forget(dataId: DataId): void {
    this.gone.delete(dataId);
  }

  private bringBack(dataId: DataId): void {
    const { records, kept } = this.owner;
    if (this.gone.has(dataId) || !records.has(dataId)) return;
    const record = records.get(dataId);
    if (record.dtype === 'string' || record.complexTensorInfos != null) return;
    const wasSent = kept.has(dataId);
    if (!wasSent && record.texture == null && record.values != null) return;
    const held = record.slice == null ? (record.values ?? null) : null;
    const { values, reason } = kept.find(dataId, held);
    Object.assign(record, { values, texture: null, texShape: null, isPacked: false, slice: null });
    kept.drop(dataId);
    if (reason !== null) this.gone.set(dataId, reason);
    // Data that the engine has disposed of, or never knew, does not count.
    if (!engine().state.tensorInfo.has(dataId)) return;
    if (values === null) this.lost++;
    else this.restored++;
  }

  /** Makes the CPU engine the active backend, if the backend that lost its context is active. */
  private goToCPU(): void {
    const cpu = findBackend(CPU) as unknown as { readonly log: EngineLog } | null;
    if (cpu == null || copyOf(cpu) === undefined) {
      throw new ContextLostError(
        `${ON_CONTEXT_LOSS} is 'cpu', and there is no backend '${CPU}'; ` +
          "import 'tfjs-backend-tiled/cpu'",
      );
    }
    if (!this.owner.isActive) return;
    const { backendName } = engine();
    // The CPU backend is made already, so that it is active before the promise is settled.
    void setBackend(CPU);
    cpu.log.stepDown('every kernel', backendName, CPU, 'the WebGL context was lost');
  }
}

interface FromPixelsParams {
  readonly inputs: FromPixelsInputs;
  readonly attrs: FromPixelsAttrs;
}

/** Runs a kernel on the CPU engine; tfjs moves the inputs there. */
export function runOnCPU(
  kernelName: string,
  params: Parameters<KernelConfig['kernelFunc']>[0],
): ReturnType<KernelConfig['kernelFunc']> {
  const kernel = getKernel(kernelName, CPU);
  if (kernel == null && kernelName === FromPixels) {
    // tfjs itself reads pictures if a backend has no kernel for that.
    const { inputs, attrs } = params as unknown as FromPixelsParams;
    return browser.fromPixels(inputs.pixels, attrs.numChannels);
  }
  if (kernel == null) throw new ContextLostError(`${CPU} has no kernel '${kernelName}'`);
  return kernel.kernelFunc({ ...params, backend: findBackend(CPU) });
}
