/**
 * Store of the planes of each tensor. Planes belong to the data (dataId), never to a tensor's
 * shape: reshape and identity share them. They are kept here and not on the stock backend's
 * records, because shallow slices copy these records.
 */
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../../../kernels/errors.js';
import type { DataFormat } from '../../../kernels/shape/convShape.js';
import { placed } from '../../../kernels/webgl/layout/placing.js';
import {
  type Extent,
  extentOf,
  formatsOf,
  sameExtent,
  sameTile,
  type Tile,
  tileLayout,
  tileName,
} from '../../../kernels/webgl/layout/tile.js';
import type { Operand, Placement } from '../../../kernels/webgl/runner.js';
import { acquirePlanes, type PlaneSize } from '../context/acquiring.js';
import { tileOperand } from '../context/operands.js';
import type { Device } from '../device/device.js';
import type { PlaneSet } from '../device/planeSets.js';
import { type Frames, isCompiling } from '../frame.js';
import type { Deferred } from '../fusion/deferred.js';
import { stockLayout, type TexData } from '../stock/stockInternals.js';
import type { Conversions, TiledSource } from './conversions.js';

/** One form of a tensor's values on the GPU. */
export interface Form {
  readonly operand: Operand;
  /** The planes; null for a packed filter, which only its programs can read. */
  readonly tiled: TiledSource | null;
  /** Frees its textures or buffers. */
  release(): void;
}

interface Entry {
  readonly forms: Map<string, Form>;
  /**
   * The form that one of our programs wrote, or in which values came to the GPU. It has the values
   * if neither a stock texture nor the CPU has them.
   */
  readonly source: Form | null;
}

/** The backend's records, and its pending results. */
export interface TileStoreHost {
  record(dataId: DataId): TexData;
  readonly frames: Frames;
  /** Draws pending work and adopts its planes into the store, or computes it on the CPU. */
  flush(dataId: DataId): void;
  /** Returns the placement in which pending x will be drawn, if possible the given one; null if it is not pending. */
  settle(x: TensorInfo, placement?: Placement): Placement | null;
  readonly deferred: Pick<Deferred, 'get' | 'isHeld'>;
}

export class TileStore {
  private readonly entries = new Map<DataId, Entry>();
  /** Number of tensors beside the first that have the same planes. */
  private readonly sharers = new Map<PlaneSet, number>();
  /** Numbers of data in the keys of forms that two tensors share. */
  private readonly numbers = new WeakMap<DataId, number>();
  private nextNumber = 0;

  constructor(
    readonly device: Device,
    private readonly conversions: Conversions,
    private readonly host: TileStoreHost,
  ) {}

  get frames(): Frames {
    return this.host.frames;
  }

  /** Records that the tensor's values are in these planes and nowhere else. */
  adopt(dataId: DataId, planes: PlaneSet, placement: Placement): void {
    const form = this.tiledForm(planes, placement);
    this.entries.set(dataId, { forms: new Map([[placementKey(placement), form]]), source: form });
  }

  /**
   * Lets a new tensor have the planes of another one, whose flat data in this format is its own.
   * @throws NeedsFallback if the values are in no planes
   */
  share(from: DataId, to: DataId, format: DataFormat): void {
    const source = this.source(from);
    if (source === null)
      throw new NeedsFallback('the pending result was computed on the CPU instead');
    const { planes, placement } = source;
    this.adopt(to, planes, { ...placement, format });
    this.sharers.set(planes, (this.sharers.get(planes) ?? 0) + 1);
  }

  /** True if another tensor has the same planes. */
  isShared(dataId: DataId): boolean {
    return this.sharers.has(this.sourceOf(dataId).planes);
  }

  /** Draws the values of a tensor in planes into planes of a new tensor. */
  copy(from: DataId, to: DataId): void {
    const source = this.sourceOf(from);
    const { placement } = source;
    const planes = this.filled('a copy', placement.layout, (target) =>
      this.conversions.fillTiles(from, placement, source, target),
    );
    this.adopt(to, planes, placement);
  }

  /**
   * Computes the values of a tensor if they are pending: the one way from pending work to values.
   * Returns true if the values are in planes and in no stock form.
   */
  materialize(dataId: DataId): boolean {
    this.host.flush(dataId);
    return this.onlyInPlanes(dataId);
  }

  /** True if the values are in planes, or will be once drawn, and in no stock form. */
  onlyInPlanes(dataId: DataId): boolean {
    if (this.host.deferred.get(dataId) !== undefined) return true;
    if (this.entries.get(dataId)?.source == null) return false;
    const { texture, values } = this.host.record(dataId);
    return texture == null && values == null;
  }

  /** Returns the tile layout that the data of x has, or will have once drawn; null for none. */
  placementOfData(x: TensorInfo): Placement | null {
    return this.host.settle(x) ?? this.entries.get(x.dataId)?.source?.tiled?.placement ?? null;
  }

  /** Implements TileRunner.placementOf. */
  placementOf(x: TensorInfo): Placement | null {
    const placement = this.placementOfData(x);
    if (placement === null || x.shape.length !== 4) return null;
    const { layout } = placement;
    for (const format of formatsOf(placement)) {
      if (sameExtent(layout, extentOf(x.shape, format))) return { ...placement, format };
    }
    const extent = extentOf(x.shape, placement.format);
    return placed(extent, placement.format, layout.tile, this.device.capabilities);
  }

  /** Implements TileRunner.tiles. */
  tiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): Operand {
    const layout = tileLayout(extent, tile, this.device.capabilities.maxTextureSize);
    if (layout !== null) this.host.settle(x, { layout, format });
    this.materialize(x.dataId);
    for (const { tiled, operand } of this.entries.get(x.dataId)?.forms.values() ?? []) {
      if (tiled !== null && isPlaced(tiled.placement, extent, format, tile)) return operand;
    }
    if (layout === null) {
      throw new NeedsFallback(
        `[${x.shape}] in tiles ${tileName(tile)} is too large for a texture here`,
      );
    }
    const placement = { layout, format };
    return this.form(x.dataId, placementKey(placement), () => {
      const what = `[${x.shape}] ${x.dtype} in tiles ${tileName(tile)}`;
      const planes = this.filled(what, layout, (target) => {
        this.conversions.fillTiles(x.dataId, placement, this.onlySource(x.dataId), target);
      });
      return this.tiledForm(planes, placement);
    });
  }

  /** Implements TileRunner.placeInTiles. */
  placeInTiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): void {
    const operand = this.tiles(x, extent, format, tile);
    const { forms } = this.entries.get(x.dataId) as Entry;
    const source = [...forms.values()].find((form) => form.operand === operand) as Form;
    this.entries.set(x.dataId, { forms, source });
  }

  /** Writes the values of a tensor in planes into its new stock texture. */
  writeStockTexture(dataId: DataId): void {
    const record = this.host.record(dataId);
    this.conversions.untile(this.sourceOf(dataId), record, stockLayout(record).form);
  }

  /** Writes the values into another tensor's new packed texture, 4 consecutive values per texel. */
  writeDense(dataId: DataId, into: DataId): void {
    this.conversions.untile(this.sourceOf(dataId), this.host.record(into), 'dense');
  }

  /** Returns the values of a tensor in planes; null if it is in none. */
  read(dataId: DataId): Float32Array | null {
    const source = this.source(dataId);
    return source === null ? null : this.conversions.read(source);
  }

  /** Forgets all planes, because they were lost with their context. */
  forget(): void {
    this.entries.clear();
    this.sharers.clear();
  }

  /** Frees all planes of a tensor. */
  release(dataId: DataId): void {
    const entry = this.entries.get(dataId);
    if (entry === undefined) return;
    this.entries.delete(dataId);
    for (const form of entry.forms.values()) form.release();
  }

  /** Frees every form that can be made again from where the tensor's values are. */
  releaseForms(): void {
    for (const [dataId, { forms, source }] of this.entries) {
      // Pending work has these textures as operands.
      if (this.host.deferred.isHeld(dataId)) continue;
      for (const [key, form] of forms) {
        if (form === source) continue;
        forms.delete(key);
        form.release();
      }
    }
  }

  /** Returns the form of a tensor under `key`, made on first use and kept with the tensor. */
  form(dataId: DataId, key: string, make: () => Form): Operand {
    this.materialize(dataId);
    const known = this.entries.get(dataId)?.forms.get(key);
    if (known !== undefined) return known.operand;
    const form = make();
    const entry = this.entries.get(dataId);
    if (isCompiling() && this.conversions.valuesOnCPU(dataId) === null) {
      // Nothing was drawn into it.
      form.release();
      return form.operand;
    }
    if (entry !== undefined) entry.forms.set(key, form);
    else this.entries.set(dataId, { forms: new Map([[key, form]]), source: null });
    return form.operand;
  }

  /**
   * Returns the form of two tensors together, such as a filter and its bias, made on first use and kept
   * until one of them goes.
   */
  sharedForm(dataId: DataId, other: DataId, key: string, make: () => Form): Operand {
    const keys = new Map([
      [dataId, `${key}:with:${this.numberOf(other)}`],
      [other, `${key}:of:${this.numberOf(dataId)}`],
    ]);
    const release = (form: Form) => {
      for (const [id, own] of keys) this.entries.get(id)?.forms.delete(own);
      form.release();
    };
    return this.form(dataId, keys.get(dataId) as string, () => {
      const form = make();
      const shared = { ...form, release: () => release(form) };
      this.form(other, keys.get(other) as string, () => shared);
      return shared;
    });
  }

  /** Returns a number for data that no other data has. */
  private numberOf(dataId: DataId): number {
    const known = this.numbers.get(dataId) ?? this.nextNumber++;
    this.numbers.set(dataId, known);
    return known;
  }

  /** Returns new planes, filled by `fill`. */
  filled(what: string, size: PlaneSize, fill: (target: PlaneSet) => void): PlaneSet {
    const planes = acquirePlanes(this, what, size);
    try {
      fill(planes);
    } catch (error) {
      this.device.planes.release(planes);
      throw error;
    }
    return planes;
  }

  /** Returns the planes that hold the values of a tensor, which no stock form has; null for none. */
  onlySource(dataId: DataId): TiledSource | null {
    return this.onlyInPlanes(dataId) ? this.source(dataId) : null;
  }

  private source(dataId: DataId): TiledSource | null {
    return this.entries.get(dataId)?.source?.tiled ?? null;
  }

  private tiledForm(planes: PlaneSet, placement: Placement): Form {
    return {
      tiled: { planes, placement },
      operand: tileOperand(planes, placement.layout),
      release: () => this.releasePlanes(planes),
    };
  }

  /** Frees planes, unless another tensor has them as well. */
  private releasePlanes(planes: PlaneSet): void {
    const sharers = this.sharers.get(planes) ?? 0;
    if (sharers === 0) this.device.planes.release(planes);
    else if (sharers === 1) this.sharers.delete(planes);
    else this.sharers.set(planes, sharers - 1);
  }

  /** Forgets planes that a tensor has, without freeing them. */
  abandon(dataId: DataId, planes: PlaneSet): void {
    const entry = this.entries.get(dataId);
    // They may have been lost with their context.
    if (entry === undefined) return;
    const { forms } = entry;
    for (const [key, { tiled }] of forms) if (tiled?.planes === planes) forms.delete(key);
    this.entries.set(dataId, { forms, source: null });
  }

  /** Returns the planes of a tensor that is in planes; the caller has flushed its pending work. */
  sourceOf(dataId: DataId): TiledSource {
    const source = this.source(dataId);
    if (source === null) throw new Error('the tensor does not lie in planes');
    return source;
  }
}

function isPlaced(placement: Placement, extent: Extent, format: DataFormat, tile: Tile): boolean {
  const { layout } = placement;
  const isSame = sameTile(layout.tile, tile) && sameExtent(layout, extent);
  return isSame && formatsOf(placement).includes(format);
}

/** Returns a text that is the same for placements that programs cannot tell apart. */
export function placementKey({ layout, format }: Placement): string {
  const { batch, height, width, channels, tile } = layout;
  return `${format}:${batch}x${height}x${width}x${channels}:${tileName(tile)}`;
}
