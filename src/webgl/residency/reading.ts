/**
 * Reads of tensors that are on the GPU. If the context is lost, a read fails: it neither waits for
 * ever nor returns the zeros that a lost context holds.
 */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import {
  type DataId,
  engine,
  type KernelBackend,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { ContextLostError } from '../../../kernels/errors.js';
import { valuesOfStock } from '../../../kernels/webgl/layout/unpack.js';
import type { Device } from '../device/device.js';
import { takeErrors } from '../device/memory.js';
import { isCompiling } from '../frame.js';
import {
  denseTexels,
  type StockInternals,
  stockLayout,
  stockTextureSize,
  type TexData,
} from '../stock/stockInternals.js';
import type { Host } from './host.js';

type BackendValues = Parameters<MathBackendWebGL['write']>[0];

/** Error of a read of values that were not drawn: a run that only compiles programs ends here. */
export class NothingDrawn extends Error {
  override name = 'NothingDrawn';

  constructor() {
    super('nothing is drawn while programs are compiled ahead, so that there is nothing to read');
  }
}

const message = 'a tensor was being read from the GPU';

export class Reading {
  private readonly pending = new Map<DataId, Promise<BackendValues>>();
  /** Called once, when values have been read. */
  onFirst: (() => void) | null = null;

  constructor(private readonly backend: Host) {}

  get isUnderWay(): boolean {
    return this.pending.size > 0;
  }

  /** Makes stock read tensors in planes in one pass; otherwise it needs an untiled texture too. */
  decodePlanes(): void {
    const { backend } = this;
    const internals = backend as unknown as StockInternals;
    const { decode } = internals;
    internals.decode = (dataId, texels) => {
      const decoded = backend.transaction([], () => {
        return backend.session.store.materialize(dataId)
          ? this.denseOfPlanes(dataId, texels)
          : decode.call(backend, dataId, texels);
      });
      backend.frames.current.decoded?.push(decoded);
      return decoded;
    };
  }

  /**
   * Reads values synchronously.
   * @param stock the stock backend's read
   */
  now(dataId: DataId, stock: () => BackendValues): BackendValues {
    const { backend } = this;
    if (this.isComplex(dataId) || this.prepareRead(dataId)) return stock();
    return backend.recovery.useContext(() => {
      let values: BackendValues;
      try {
        values = backend.transaction([], stock);
      } catch (error) {
        values = this.texels(dataId, error);
      }
      this.check(backend.device, dataId, values);
      return values;
    });
  }

  /** Reads values asynchronously. */
  async later(dataId: DataId, stock: () => Promise<BackendValues>): Promise<BackendValues> {
    const pending = this.pending.get(dataId);
    if (pending !== undefined) return pending;
    const isComplex = this.isComplex(dataId);
    if (!isComplex && this.prepareRead(dataId)) return stock();
    const read = isComplex ? this.parts(dataId, stock) : this.download(dataId, stock);
    this.pending.set(dataId, read);
    try {
      return await read;
    } finally {
      this.pending.delete(dataId);
    }
  }

  private denseOfPlanes(dataId: DataId, texels?: [number, number]): TensorInfo {
    const { backend } = this;
    const { shape } = backend.texData.get(dataId);
    const dense = backend.makeTensorInfo(shape, 'float32');
    const texShape = (texels ?? denseTexels(shape)).map((size) => 2 * size);
    Object.assign(backend.texData.get(dense.dataId), { isPacked: true, texShape });
    backend.uploadToGPU(dense.dataId);
    this.backend.session.store.writeDense(dataId, dense.dataId);
    return dense;
  }

  /**
   * Prepares a read: returns true if the values are on the CPU already. If not, flushes all pending
   * work, because a read waits for everything that was requested before it, as on stock.
   * @throws NothingDrawn while programs are only compiled
   * @throws TensorLostError if the values went with a context
   */
  private prepareRead(dataId: DataId): boolean {
    const { recovery } = this.backend;
    if (this.hasValues(dataId)) {
      this.backend.captures.noteKnownRead(dataId);
      return true;
    }
    if (isCompiling()) throw new NothingDrawn();
    recovery.notice();
    if (this.hasValues(dataId)) return true;
    recovery.assertThere(dataId);
    this.backend.captures.noteRead(this.backend.frames.current.kernel);
    this.backend.flush();
    this.backend.device.memory.noteRead();
    return false;
  }

  /** True for a complex tensor, whose parts stock reads one by one. */
  private isComplex(dataId: DataId): boolean {
    return this.backend.texData.get(dataId).complexTensorInfos != null;
  }

  private hasValues(dataId: DataId): boolean {
    const { values, slice } = this.backend.texData.get(dataId);
    // The record of a slice has the values of the whole tensor, if any.
    return values != null && slice == null;
  }

  private async parts(dataId: DataId, stock: () => Promise<BackendValues>): Promise<BackendValues> {
    try {
      return await stock();
    } catch (error) {
      this.clearUp(dataId, []);
      throw error;
    }
  }

  private async download(
    dataId: DataId,
    stock: () => Promise<BackendValues>,
  ): Promise<BackendValues> {
    const { backend } = this;
    const { device } = backend;
    const decoded: TensorInfo[] = [];
    const read = backend.recovery.useContext(stock, { decoded });
    try {
      const values = await read;
      this.check(device, dataId, values);
      return values;
    } catch (error) {
      try {
        return this.texels(dataId, error);
      } catch {
        throw device.isLost && !(error instanceof ContextLostError)
          ? new ContextLostError(message, { cause: error })
          : error;
      } finally {
        this.clearUp(dataId, decoded);
      }
    }
  }

  /**
   * Reads a tensor on the GPU after the usual way, which needs a texture and a program, has failed.
   * @throws the given error if there is no other way either
   */
  private texels(dataId: DataId, error: unknown): BackendValues {
    const { device, texData } = this.backend;
    if (device.isLost || !texData.has(dataId)) throw error;
    const values = this.backend.session.store.onlyInPlanes(dataId)
      ? this.backend.session.store.read(dataId)
      : this.texelsOfStock(texData.get(dataId) as TexData);
    if (values === null || takeErrors(device.gl).length > 0) throw error;
    const internals = this.backend as unknown as StockInternals;
    return internals.convertAndCacheOnCPU(dataId, values);
  }

  private texelsOfStock(data: TexData): Float32Array | null {
    if (data.texture == null) return null;
    const [width, height] = stockTextureSize(data);
    const texels = this.backend.device.readTexture(data.texture.texture, width, height);
    return valuesOfStock(texels, stockLayout(data), util.sizeFromShape(data.shape));
  }

  /** @throws ContextLostError if these are not the values of the tensor */
  private check(device: Device, dataId: DataId, values: BackendValues): void {
    const { backend } = this;
    const record = backend.texData.has(dataId) ? (backend.texData.get(dataId) as TexData) : null;
    const isCached = record !== null && record.values === values;
    // A lost context may return zeros before it reports the loss.
    const isGood = !device.isLost && (!isZero(values as Float32Array) || device.waitForGPU());
    if (!isGood) {
      if (isCached) record.values = null;
      throw new ContextLostError(message);
    }
    if (isCached) backend.kept.keep(dataId, values as Float32Array);
    this.onFirst?.();
    this.onFirst = null;
  }

  /** Performs the cleanup at the end of a read, which stock omits if the read fails. */
  private clearUp(dataId: DataId, decoded: readonly TensorInfo[]): void {
    const { backend } = this;
    const internals = backend as unknown as StockInternals;
    for (const info of decoded) {
      if (backend.texData.has(info.dataId)) backend.disposeIntermediateTensorInfo(info);
    }
    internals.pendingRead.delete(dataId);
    if (!internals.pendingDisposal.delete(dataId)) return;
    if (backend.disposeData(dataId))
      engine().removeDataId(dataId, backend as unknown as KernelBackend);
    internals.pendingDeletes--;
  }
}

function isZero(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) return false;
  return true;
}
