/**
 * What happens when the WebGL context is lost. Whoever uses the context asks here first. At the
 * first question after a loss, tensors whose values are kept are values on the CPU again, and go to
 * the GPU when they are next used; all others are marked. Then a flag decides where work goes on.
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
import type { TexData } from '../stock/stockInternals.js';
import type { TensorRecords } from '../stock/tensorRecords.js';
import type { KeptValues } from './keptValues.js';

const CPU = 'tiled-cpu';

/** Lost contexts, for tiledInfo(). */
export interface ContextInfo {
  readonly losses: number;
  /** Tensors whose values came back, over all losses. */
  readonly tensorsRestored: number;
  /** Tensors whose values went with a context. */
  readonly tensorsLost: number;
  /** Bytes of arrays on the CPU from which tensors on the GPU could be made again. */
  readonly keptBytes: number;
}

/** What has a context. */
export interface ContextOwner {
  readonly device: { readonly isLost: boolean };
  /** Whether it is the backend in use. */
  readonly isActive: boolean;
  readonly records: TensorRecords<TexData>;
  readonly kept: KeptValues;
  /** Gives up what was in the lost context, and results that wait: they cannot be drawn any more. */
  dropContext(): void;
  /** @throws Error where there is no new context */
  makeContext(): void;
}

export class Recovery {
  private depth = 0;
  private isDropped = false;
  /** Data without values, and why. */
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

  /** Whether something that uses the context is under way, so that it must not be exchanged. */
  get isWithin(): boolean {
    return this.depth > 0;
  }

  /**
   * Whether there is a context, be it a new one; false where work goes on on the CPU engine.
   * @throws ContextLostError where there is none
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
   * If the context is lost, every tensor is on the CPU or marked from now on.
   * @throws ContextLostError while something uses the context
   */
  notice(): void {
    const { owner } = this;
    if (!owner.device.isLost) return;
    if (this.isWithin) throw new ContextLostError('a kernel was using it; predict again');
    if (this.isDropped) return;
    this.isDropped = true;
    this.losses++;
    owner.dropContext();
    for (const dataId of new Set([...owner.records.made(), ...owner.kept.ids()])) {
      this.bringBack(dataId);
    }
  }

  /** Runs what uses the context. */
  within<T>(body: () => T): T {
    if (!this.isWithin && !this.ready()) {
      throw new ContextLostError(`kernels run on ${CPU}, and this is not a kernel`);
    }
    return this.inside(body);
  }

  /** The same, where ready() has been asked. */
  inside<T>(body: () => T): T {
    this.depth++;
    try {
      return body();
    } catch (error) {
      throw this.explained(error);
    } finally {
      this.depth--;
    }
  }

  /** What went wrong for want of a context says so. */
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

  /** @throws TensorLostError where one of them is lost */
  assertAllThere(inputs: NamedTensorInfoMap | readonly TensorInfo[]): void {
    if (this.gone.size === 0) return;
    for (const input of Object.values(inputs)) if (input != null) this.assertThere(input.dataId);
  }

  /** The data is disposed of. */
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
    const found = kept.find(dataId, held);
    const values = typeof found === 'string' ? null : found;
    Object.assign(record, { values, texture: null, texShape: null, isPacked: false, slice: null });
    kept.drop(dataId);
    if (typeof found === 'string') this.gone.set(dataId, found);
    // What the engine has given up, or never heard of, is nobody's loss.
    if (!engine().state.tensorInfo.has(dataId)) return;
    if (values === null) this.lost++;
    else this.restored++;
  }

  /** Makes the CPU engine the active backend, if the one that lost its context is. */
  private goToCPU(): void {
    const cpu = findBackend(CPU) as unknown as { readonly log: EngineLog } | null;
    if (cpu == null || copyOf(cpu) === undefined) {
      throw new ContextLostError(`${ON_CONTEXT_LOSS} is 'cpu', and there is no backend '${CPU}'`);
    }
    if (!this.owner.isActive) return;
    const { backendName } = engine();
    // It is made already, so that this is done before the promise is settled.
    void setBackend(CPU);
    cpu.log.stepDown('every kernel', backendName, CPU, 'the WebGL context was lost');
  }
}

interface FromPixelsParams {
  readonly inputs: FromPixelsInputs;
  readonly attrs: FromPixelsAttrs;
}

/** Runs a kernel on the CPU engine, to which tfjs moves its inputs. */
export function runOnCPU(
  kernelName: string,
  params: Parameters<KernelConfig['kernelFunc']>[0],
): ReturnType<KernelConfig['kernelFunc']> {
  const kernel = getKernel(kernelName, CPU);
  if (kernel == null && kernelName === FromPixels) {
    // tfjs reads pictures by itself where a backend has no kernel for it.
    const { inputs, attrs } = params as unknown as FromPixelsParams;
    return browser.fromPixels(inputs.pixels, attrs.numChannels);
  }
  if (kernel == null) throw new ContextLostError(`${CPU} has no kernel '${kernelName}'`);
  return kernel.kernelFunc({ ...params, backend: findBackend(CPU) });
}
