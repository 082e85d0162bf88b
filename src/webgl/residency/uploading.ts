/** Stock textures of tensors: filled from values or from planes, or empty to be drawn into. */
import type { DataId } from '@tensorflow/tfjs-core';
import { stockValues } from '../../../kernels/webgl/layout/pack.js';
import { acquiring } from '../context/acquiring.js';
import {
  allValues,
  type StockInternals,
  stockLayout,
  stockTextureSize,
  type TexData,
} from '../stock/stockInternals.js';
import type { Host } from './host.js';

export class Uploading {
  /** @param stock the stock backend's uploadToGPU() */
  constructor(
    private readonly backend: Host,
    private readonly stock: (dataId: DataId) => void,
  ) {}

  /** Makes the stock texture of a tensor, from values or planes, in the packing of its record. */
  upload(dataId: DataId): void {
    const { backend } = this;
    backend.recovery.assertThere(dataId);
    const { store } = backend.session;
    const inPlanes = store.materialize(dataId);
    const data = this.record(dataId);
    if (data.texture == null && data.values != null) {
      this.uploadValues(dataId, data);
      return;
    }
    this.makeTexture(dataId);
    if (!inPlanes) return;
    try {
      backend.computing(dataId, () => store.writeStockTexture(dataId));
    } catch (error) {
      // Stock would take an empty texture for the tensor's values.
      this.internals.releaseGPUData(dataId);
      throw error;
    }
  }

  /** Makes an empty stock texture of data that has no values, to be drawn into. */
  private makeTexture(dataId: DataId): void {
    const data = this.record(dataId);
    const { shape, dtype, texShape } = data;
    try {
      acquiring(this.backend, `[${shape}] ${dtype}`, () => this.stock(dataId));
    } catch (error) {
      // Stock would take the new texShape for the shape of another packing.
      data.texShape = texShape;
      throw error;
    }
    this.backend.device.memory.notePeak();
  }

  /** Returns the result of `copy` for data whose stock texture belongs to no other tensor. */
  withTexture<T>(dataId: DataId, copy: (dataId: DataId) => T): T {
    const { backend } = this;
    const { slice, shape, dtype } = this.record(dataId);
    if (slice == null) {
      if (this.backend.session.store.onlyInPlanes(dataId)) this.upload(dataId);
      return copy(dataId);
    }
    // Stock fails on a slice of another tensor's texture.
    const values = backend.readSync(dataId) as Float32Array;
    const own = backend.makeTensorInfo(shape, dtype, values.slice());
    try {
      this.upload(own.dataId);
      return copy(own.dataId);
    } finally {
      backend.disposeIntermediateTensorInfo(own);
    }
  }

  /**
   * Uploads values to a stock texture. Stock would need another texture for this, and a program for
   * each shape.
   */
  private uploadValues(dataId: DataId, data: TexData): void {
    const { usage } = data;
    const values = allValues(data);
    // Without values, stock makes an empty texture to draw into.
    Object.assign(data, { values: null, usage: null });
    try {
      this.makeTexture(dataId);
      const { texture } = data.texture as NonNullable<TexData['texture']>;
      const [width, height] = stockTextureSize(data);
      const texels = stockValues(values, stockLayout(data), height);
      this.backend.device.upload(texture, width, height, texels);
    } catch (error) {
      if (data.texture != null) this.internals.releaseGPUData(dataId);
      Object.assign(data, { values, usage });
      throw error;
    }
    // A fallback to the CPU then reads the values without a program.
    this.backend.onFailure(() => Object.assign(data, { values }));
    this.backend.kept.keep(dataId, values);
  }

  private record(dataId: DataId): TexData {
    return this.backend.texData.get(dataId) as TexData;
  }

  private get internals(): StockInternals {
    return this.backend as unknown as StockInternals;
  }
}
