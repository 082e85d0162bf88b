/** Conversions between CPU values, stock textures and tile planes, by one upload or draw each. */
import type { DataId } from '@tensorflow/tfjs-core';
import type { DepthwiseBlockLayout, FilterLayout } from '../../../kernels/webgl/layout/filter.js';
import { depthwiseValues, filterValues, tileValues } from '../../../kernels/webgl/layout/pack.js';
import { hasLongRows } from '../../../kernels/webgl/layout/rowParts.js';
import type { StockLayout } from '../../../kernels/webgl/layout/stock.js';
import { flatStrides, sameExtent, type TileLayout } from '../../../kernels/webgl/layout/tile.js';
import { valuesOfPlanes } from '../../../kernels/webgl/layout/unpack.js';
import type { StoredForm } from '../../../kernels/webgl/programs/convert.js';
import type { Rows } from '../../../kernels/webgl/programs/index.js';
import { moveUniforms } from '../../../kernels/webgl/programs/move.js';
import { reshapePlan, retilePlan } from '../../../kernels/webgl/programs/movePlan.js';
import { FEW_VALUES, type Placement } from '../../../kernels/webgl/runner.js';
import type { ConversionKind, EngineLog } from '../../engine/engineLog.js';
import type { PlaneSize } from '../context/acquiring.js';
import type { Drawing } from '../context/drawing.js';
import { layoutUniforms } from '../context/operands.js';
import type { Device } from '../device/device.js';
import type { ParameterPart } from '../device/parameters.js';
import type { PlaneSet } from '../device/planeSets.js';
import type { Frames } from '../frame.js';
import { allValues, stockLayout, stockTextureSize, type TexData } from '../stock/stockInternals.js';

/** Tile planes that hold the values of a tensor. */
export interface TiledSource {
  readonly planes: PlaneSet;
  readonly placement: Placement;
}

/** Packing of a filter into one texture. */
export interface Packing {
  readonly family: 'packFilter' | 'winogradFilter';
  readonly flipped: boolean;
  /** Shape of the packed filter: filterHeight, filterWidth, inChannels, outChannels. */
  readonly shape: readonly number[];
  readonly layout: FilterLayout;
  /** The last number of the program's uniform `packing`. */
  readonly last: number;
}

/** The records of the stock backend, and callbacks that learn of conversions. */
export interface ConversionHost {
  record(dataId: DataId): TexData;
  /** Makes the stock texture of a tensor that has none. */
  makeStockTexture(dataId: DataId): void;
  /** Notes that values went from the CPU to the GPU. */
  noteSent(dataId: DataId, values: ArrayLike<number>): void;
  readonly log: EngineLog;
  readonly frames: Frames;
}

export class Conversions {
  constructor(
    private readonly device: Device,
    private readonly drawing: Pick<Drawing, 'draw'>,
    private readonly host: ConversionHost,
  ) {}

  /** Returns the tensor's values if they are on the CPU and nowhere else; null otherwise. */
  valuesOnCPU(dataId: DataId): ArrayLike<number> | null {
    const record = this.host.record(dataId);
    return record.texture == null && record.values != null ? allValues(record) : null;
  }

  /**
   * Fills planes of a tile layout from wherever the tensor's values are.
   * @param source planes, if the values are in them and nowhere else
   */
  fillTiles(
    dataId: DataId,
    placement: Placement,
    source: TiledSource | null,
    target: PlaneSet,
  ): void {
    const values = this.valuesOnCPU(dataId);
    if (values !== null && !this.isTiledByDevice(placement)) {
      this.upload(target, tileValues(values, placement.layout, placement.format));
      this.host.noteSent(dataId, values);
    } else if (source !== null) {
      this.retile(source, placement, target);
    } else {
      this.tile(dataId, placement, target);
    }
  }

  /**
   * True for a picture where planes are layers, as they are on hardware: there, one upload and a draw
   * take less of the host's time than laying it out in tiles does. A rasteriser would draw on the same
   * processor.
   */
  private isTiledByDevice({ layout }: Placement): boolean {
    const { batch, height, width, channels } = layout;
    const isPicture = channels <= 4 && batch * height * width * channels > FEW_VALUES;
    return isPicture && this.device.storage === 'layers';
  }

  /** Returns the packed values of a filter that is on the CPU. */
  filterValues(dataId: DataId, layout: FilterLayout, flipped: boolean): Float32Array {
    return filterValues(this.sentValues(dataId), layout, flipped);
  }

  /** Returns the texels of a depthwise filter, and of a bias if there is one, in uniform blocks. */
  depthwiseValues(dataId: DataId, layout: DepthwiseBlockLayout, bias?: DataId): Float32Array {
    const biases = bias === undefined ? undefined : this.sentValues(bias);
    return depthwiseValues(this.sentValues(dataId), layout, biases);
  }

  /** Returns the values of a weight, which go to the GPU. */
  private sentValues(dataId: DataId) {
    const values = this.valuesOnCPU(dataId);
    if (values === null) throw new Error('the weight is not on the CPU');
    this.host.noteSent(dataId, values);
    return values;
  }

  /**
   * Fills the plane of a packed filter from wherever the filter's values are.
   * @param source planes, if the values are in them and nowhere else
   */
  fillFilter(
    dataId: DataId,
    { family, flipped, shape, layout, last }: Packing,
    source: TiledSource | null,
    target: PlaneSet,
  ): void {
    const values = family === 'packFilter' ? this.valuesOnCPU(dataId) : null;
    if (values !== null) {
      this.upload(target, [filterValues(values, layout, flipped)]);
      this.host.noteSent(dataId, values);
      return;
    }
    const own = { filterShape: shape, packing: [layout.shift, layout.blocks, last] };
    if (source !== null) {
      const { planes, placement } = source;
      const from = { tile: placement.layout.tile, format: placement.format };
      const uniforms: ParameterPart[] = [
        ['x', layoutUniforms(placement.layout, planes.sides)],
        ['', own],
      ];
      const spec = { family, from, flipped };
      this.drawing.draw(spec, rowsOf(placement.layout), planes.textures, uniforms, target);
      return;
    }
    const stock = this.stock(dataId);
    const spec = { family, from: stock.layout.form, flipped };
    const uniforms = { ...own, stockLayout: stockUniform(stock.layout) };
    this.drawing.draw(spec, 'whole', [stock.texture], [['', uniforms]], target);
  }

  /** Writes values from tile planes into the new stock texture of a record. */
  untile({ planes, placement }: TiledSource, record: TexData, form: StoredForm): void {
    const { layout, format } = placement;
    const { texWidth, rows, columns } = stockLayout(record);
    const [width, height] = stockTextureSize(record);
    const size = layout.batch * layout.height * layout.width * layout.channels;
    const spec = { family: 'untile', tile: layout.tile, format, to: form } as const;
    const uniforms: ParameterPart[] = [
      ['x', layoutUniforms(layout, planes.sides)],
      ['', { stockLayout: [texWidth, rows, columns, size] }],
    ];
    const { texture } = record.texture as { texture: WebGLTexture };
    this.drawing.draw(spec, rowsOf(layout), planes.textures, uniforms, { texture, width, height });
    this.count('untile', width * height);
  }

  /** Reads values from tile planes, without a program or a texture. */
  read({ planes, placement }: TiledSource): Float32Array {
    return valuesOfPlanes(this.device.readPlanes(planes), placement.layout, placement.format);
  }

  private retile(source: TiledSource, placement: Placement, target: PlaneSet): void {
    const { layout } = placement;
    const from = source.placement.layout;
    const plan = isSameArray(source.placement, placement)
      ? retilePlan(from.tile, layout.tile)
      : reshapePlan(source.placement, placement);
    const uniforms: ParameterPart[] = [
      ['out', layoutUniforms(layout)],
      ['', moveUniforms(plan)],
      ['x', layoutUniforms(from, source.planes.sides)],
    ];
    this.drawing.draw(plan.spec, rowsOf(from, layout), source.planes.textures, uniforms, target);
    this.count('retile', texelsOf(layout));
  }

  private tile(dataId: DataId, { layout, format }: Placement, target: PlaneSet): void {
    const stock = this.stock(dataId);
    const spec = { family: 'tile', from: stock.layout.form, tile: layout.tile } as const;
    const own = { strides: flatStrides(layout, format), stockLayout: stockUniform(stock.layout) };
    const uniforms: ParameterPart[] = [
      ['out', layoutUniforms(layout)],
      ['', own],
    ];
    this.drawing.draw(spec, rowsOf(layout), [stock.texture], uniforms, target);
    this.count('tile', texelsOf(layout));
  }

  private count(kind: ConversionKind, texels: number): void {
    const { log, frames } = this.host;
    log.countConversion(kind, frames.current.kernel, texels);
  }

  private upload(target: PlaneSet, planes: readonly Float32Array[]): void {
    for (const [plane, texels] of planes.entries()) this.device.uploadPlane(target, plane, texels);
  }

  /** Returns the stock texture of a tensor, made if there is none. */
  private stock(dataId: DataId) {
    const { host } = this;
    if (host.record(dataId).texture == null) host.makeStockTexture(dataId);
    const record = host.record(dataId);
    const { texture } = record.texture as NonNullable<TexData['texture']>;
    return { texture, layout: stockLayout(record) };
  }
}

/** True if two layouts have the same format and extent, so that only tiles differ. */
function isSameArray(from: Placement, to: Placement): boolean {
  return from.format === to.format && sameExtent(from.layout, to.layout);
}

function rowsOf(...layouts: readonly TileLayout[]): Rows {
  return layouts.some(hasLongRows) ? 'long' : 'whole';
}

function texelsOf({ planes, texWidth, texHeight }: PlaneSize): number {
  return planes * texWidth * texHeight;
}

function stockUniform({ texWidth, rows, columns, offset }: StockLayout): number[] {
  return [texWidth, rows, columns, offset];
}
