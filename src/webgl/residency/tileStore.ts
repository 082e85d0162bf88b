/**
 * Which tensor lies where in planes. Planes belong to the data (dataId), never
 * to a tensor's shape: reshape and identity share them. They are kept here and
 * not on the stock backend's records, because shallow slices copy those.
 */
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import { StepDown } from '../../../kernels/errors.js';
import type { DataFormat } from '../../../kernels/shape/convShape.js';
import { type FilterLayout, filterLayout } from '../../../kernels/webgl/layout/filter.js';
import { filterValues, tileValues } from '../../../kernels/webgl/layout/pack.js';
import type { StockLayout } from '../../../kernels/webgl/layout/stock.js';
import {
  type Extent,
  extentOf,
  flatStrides,
  sameExtent,
  type Tile,
  tileLayout,
  tileName,
} from '../../../kernels/webgl/layout/tile.js';
import { valuesOfPlanes } from '../../../kernels/webgl/layout/unpack.js';
import { COMPONENTS, PRODUCT, TURN_SLICES } from '../../../kernels/webgl/layout/winograd.js';
import type { StoredForm } from '../../../kernels/webgl/programs/convert.js';
import type { Operand, Residence } from '../../../kernels/webgl/runner.js';
import type { EngineLog } from '../../engine/engineLog.js';
import { acquirePlanes, type PlaneSize } from '../context/acquiring.js';
import { isCompiling } from '../context/compileOnly.js';
import type { Drawing } from '../context/drawing.js';
import { filterUniforms, layoutUniforms, tileOperand } from '../context/operands.js';
import type { Device } from '../device/device.js';
import type { PlaneSet } from '../device/planeSets.js';
import type { Deferred } from '../fusion/deferred.js';
import { allValues, stockLayout, stockTextureSize, type TexData } from '../stock/stockInternals.js';

/** One way in which a tensor's values lie on the GPU. */
interface Form {
  readonly planes: PlaneSet;
  readonly operand: Operand;
  /** Null for a packed filter, which nobody else can read. */
  readonly residence: Residence | null;
}

interface Entry {
  readonly forms: Map<string, Form>;
  /**
   * The form a program of ours wrote, or in which values came to the GPU: where they are if neither
   * a stock texture nor the CPU has them.
   */
  readonly source: Form | null;
}

interface Packing {
  readonly family: 'packFilter' | 'winogradFilter';
  readonly turned: boolean;
  /** Of the packed filter: filterHeight, filterWidth, inChannels, outChannels. */
  readonly shape: readonly number[];
  readonly layout: FilterLayout | null;
  /** The last number of the program's `packing`. */
  readonly last: number;
}

export class TileStore {
  private readonly entries = new Map<DataId, Entry>();

  /**
   * @param record the stock backend's record of a tensor
   * @param toStock makes the stock texture of a tensor that lies in planes only
   * @param deferred results that are to be drawn yet
   * @param finish draws one, after which it is adopted
   * @param sent is told of values that went to the GPU from the CPU
   */
  constructor(
    private readonly device: Device,
    private readonly drawing: Pick<Drawing, 'draw'>,
    private readonly record: (dataId: DataId) => TexData,
    private readonly toStock: (dataId: DataId) => void,
    private readonly deferred: Deferred,
    private readonly finish: (dataId: DataId) => void,
    private readonly sent: (dataId: DataId, values: ArrayLike<number>) => void,
    private readonly log: EngineLog,
  ) {}

  /** The tensor's values are in these planes and nowhere else. */
  adopt(dataId: DataId, planes: PlaneSet, residence: Residence): void {
    const form = { planes, residence, operand: tileOperand(planes, residence.layout) };
    this.entries.set(dataId, { forms: new Map([[formKey(residence), form]]), source: form });
  }

  /** True where the values are in planes, or will be, and in no stock form. */
  onlyInPlanes(dataId: DataId): boolean {
    if (this.deferred.get(dataId) !== undefined) return true;
    if (this.entries.get(dataId)?.source == null) return false;
    const { texture, values } = this.record(dataId);
    return texture == null && values == null;
  }

  /** How data lies in planes, or will. */
  liesAs(dataId: DataId): Residence | null {
    return (
      this.deferred.get(dataId)?.root.output ?? this.entries.get(dataId)?.source?.residence ?? null
    );
  }

  residence(x: TensorInfo): Residence | null {
    const residence = this.liesAs(x.dataId);
    if (residence === null || x.shape.length !== 4) return null;
    return sameExtent(residence.layout, extentOf(x.shape, residence.format)) ? residence : null;
  }

  tiles(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): Operand {
    const layout = tileLayout(extent, tile, this.device.capabilities.maxTextureSize);
    if (layout === null) {
      throw new StepDown(`[${x.shape}] in tiles ${tileName(tile)} is too large for a texture here`);
    }
    const residence = { layout, format };
    return this.form(x.dataId, formKey(residence), () => {
      const what = `[${x.shape}] ${x.dtype} in tiles ${tileName(tile)}`;
      const planes = this.filled(what, layout, (target) => {
        const values = this.values(x.dataId);
        if (values !== null) {
          this.upload(target, tileValues(values, layout, format));
          this.sent(x.dataId, values);
        } else if (!this.retile(x.dataId, residence, target))
          this.tile(x.dataId, residence, target);
      });
      return { planes, residence, operand: tileOperand(planes, layout) };
    });
  }

  enter(x: TensorInfo, extent: Extent, format: DataFormat, tile: Tile): void {
    const operand = this.tiles(x, extent, format, tile);
    const { forms } = this.entries.get(x.dataId) as Entry;
    const source = [...forms.values()].find((form) => form.operand === operand) as Form;
    this.entries.set(x.dataId, { forms, source });
  }

  filter(
    filter: TensorInfo,
    inTileSlices: number,
    outTileSlices: number,
    turned: boolean,
  ): Operand {
    const [filterHeight, filterWidth, a, b] = filter.shape;
    const channels: [number, number] = turned ? [b, a] : [a, b];
    const shape: [number, number, number, number] = [filterHeight, filterWidth, ...channels];
    const { maxTextureSize } = this.device.capabilities;
    const layout = filterLayout(shape, inTileSlices, outTileSlices, maxTextureSize);
    const family = 'packFilter';
    return this.packed(filter.dataId, { family, turned, shape, layout, last: outTileSlices });
  }

  winogradFilter(filter: TensorInfo, turned: boolean): Operand {
    const [a, b] = filter.shape.slice(2);
    const [inChannels, outChannels] = turned ? [b, a] : [a, b];
    const groups = Math.ceil(outChannels / 4 / PRODUCT.slices);
    const all = COMPONENTS * groups * PRODUCT.slices * 4;
    const { maxTextureSize } = this.device.capabilities;
    const layout = filterLayout(
      [1, 1, inChannels, all],
      TURN_SLICES,
      PRODUCT.slices,
      maxTextureSize,
    );
    const shape = [3, 3, inChannels, outChannels];
    const family = 'winogradFilter';
    return this.packed(filter.dataId, { family, turned, shape, layout, last: groups });
  }

  /** A filter packed into one texture, which is kept with it. */
  private packed(dataId: DataId, { family, turned, shape, layout, last }: Packing): Operand {
    if (layout === null) throw new StepDown(`a filter [${shape}] is too large for a texture here`);
    const { texWidth, texHeight, shift, blocks } = layout;
    const key = `${family}:${turned}:${texWidth}x${texHeight}:${last}`;
    return this.form(dataId, key, () => {
      const what = `the packed filter [${shape}] float32`;
      const planes = this.filled(what, { planes: 1, ...layout }, (target) => {
        const values = family === 'packFilter' ? this.values(dataId) : null;
        if (values !== null) {
          this.upload(target, [filterValues(values, layout, turned)]);
          this.sent(dataId, values);
          return;
        }
        const stock = this.stock(dataId);
        const spec = { family, from: stock.layout.form, turned } as const;
        const packing = [shift, blocks, last];
        const uniforms = { filterShape: shape, packing, stockLayout: stockUniform(stock.layout) };
        this.drawing.draw(spec, [stock.texture], uniforms, target);
      });
      const operand = {
        textures: planes.textures,
        uniforms: filterUniforms('', layout, planes.sides),
      };
      return { planes, residence: null, operand };
    });
  }

  /** Writes the values of a tensor that lies in planes into its new stock texture. */
  writeStockTexture(dataId: DataId): void {
    const data = this.record(dataId);
    this.untile(dataId, data, stockLayout(data).form);
  }

  /** Writes them into the new packed texture of another tensor, 4 consecutive values a texel. */
  writeDense(dataId: DataId, into: DataId): void {
    this.untile(dataId, this.record(into), 'dense');
  }

  private untile(dataId: DataId, data: TexData, form: StoredForm): void {
    this.finish(dataId);
    const source = this.entries.get(dataId)?.source;
    if (source?.residence == null) throw new Error('the tensor does not lie in planes');
    const { layout, format } = source.residence;
    const { texWidth, rows, columns } = stockLayout(data);
    const [width, height] = stockTextureSize(data);
    const size = layout.batch * layout.height * layout.width * layout.channels;
    const spec = { family: 'untile', tile: layout.tile, format, to: form } as const;
    const uniforms = {
      ...layoutUniforms('x', layout, source.planes.sides),
      stockLayout: [texWidth, rows, columns, size],
    };
    const texture = (data.texture as { texture: WebGLTexture }).texture;
    this.drawing.draw(spec, source.planes.textures, uniforms, { texture, width, height });
    this.log.countConversion('untile', width * height);
  }

  /** The values of a tensor that lies in planes; null where it does not. */
  read(dataId: DataId): Float32Array | null {
    const source = this.entries.get(dataId)?.source;
    if (source?.residence == null) return null;
    const { layout, format } = source.residence;
    return valuesOfPlanes(this.device.readPlanes(source.planes), layout, format);
  }

  /** Forgets all planes, which went with their context. */
  forget(): void {
    this.entries.clear();
  }

  /** Frees all planes of a tensor. */
  release(dataId: DataId): void {
    const entry = this.entries.get(dataId);
    if (entry === undefined) return;
    this.entries.delete(dataId);
    for (const { planes } of entry.forms.values()) this.device.planes.release(planes);
  }

  /** Frees every form that can be made again from where the tensor's values are. */
  releaseForms(): void {
    for (const [dataId, { forms, source }] of this.entries) {
      // What waits has these textures for its operands.
      if (this.deferred.isHeld(dataId)) continue;
      for (const [key, form] of forms) {
        if (form === source) continue;
        forms.delete(key);
        this.device.planes.release(form.planes);
      }
    }
  }

  /** The form of a tensor under `key`, made the first time and kept with the tensor. */
  private form(dataId: DataId, key: string, make: () => Form): Operand {
    this.finish(dataId);
    const known = this.entries.get(dataId)?.forms.get(key);
    if (known !== undefined) return known.operand;
    const form = make();
    const entry = this.entries.get(dataId);
    if (isCompiling() && this.values(dataId) === null) {
      // Nothing was drawn into it.
      this.device.planes.release(form.planes);
      return form.operand;
    }
    if (entry !== undefined) entry.forms.set(key, form);
    else this.entries.set(dataId, { forms: new Map([[key, form]]), source: null });
    return form.operand;
  }

  /** New planes with what `fill` draws. */
  private filled(what: string, size: PlaneSize, fill: (target: PlaneSet) => void): PlaneSet {
    const planes = acquirePlanes(this.device, what, size);
    try {
      fill(planes);
    } catch (error) {
      this.device.planes.release(planes);
      throw error;
    }
    return planes;
  }

  /** Planes -> planes of another tile; false where the values do not lie in planes of this extent. */
  private retile(dataId: DataId, { layout, format }: Residence, target: PlaneSet): boolean {
    const source = this.entries.get(dataId)?.source;
    if (source?.residence == null || !this.onlyInPlanes(dataId)) return false;
    const from = source.residence;
    if (from.format !== format || !sameExtent(from.layout, layout)) return false;
    const spec = { family: 'retile', in: from.layout.tile, out: layout.tile } as const;
    const ofX = layoutUniforms('x', from.layout, source.planes.sides);
    const uniforms = { ...layoutUniforms('out', layout), ...ofX };
    this.drawing.draw(spec, source.planes.textures, uniforms, target);
    this.log.countConversion('retile', texelsOf(layout));
    return true;
  }

  private upload({ textures, width, height }: PlaneSet, planes: readonly Float32Array[]): void {
    for (const [i, texels] of planes.entries()) {
      this.device.upload(textures[i], width, height, texels);
    }
  }

  /** The tensor's values, if they are on the CPU and nowhere else. */
  private values(dataId: DataId): ArrayLike<number> | null {
    const record = this.record(dataId);
    return record.texture == null && record.values != null ? allValues(record) : null;
  }

  /** Stock texture -> planes. */
  private tile(dataId: DataId, { layout, format }: Residence, target: PlaneSet): void {
    const stock = this.stock(dataId);
    const spec = { family: 'tile', from: stock.layout.form, tile: layout.tile } as const;
    const uniforms = {
      ...layoutUniforms('out', layout),
      strides: flatStrides(layout, format),
      stockLayout: stockUniform(stock.layout),
    };
    this.drawing.draw(spec, [stock.texture], uniforms, target);
    this.log.countConversion('tile', texelsOf(layout));
  }

  /** The stock texture of a tensor, made where there is none. */
  private stock(dataId: DataId) {
    const data = this.record(dataId);
    if (data.texture == null) this.toStock(dataId);
    const { texture } = data.texture as NonNullable<TexData['texture']>;
    return { texture, layout: stockLayout(data) };
  }
}

function texelsOf({ planes, texWidth, texHeight }: PlaneSize): number {
  return planes * texWidth * texHeight;
}

function stockUniform({ texWidth, rows, columns, offset }: StockLayout): number[] {
  return [texWidth, rows, columns, offset];
}

function formKey({ layout, format }: Residence): string {
  const { batch, height, width, channels, tile } = layout;
  return `${format}:${batch}x${height}x${width}x${channels}:${tileName(tile)}`;
}
