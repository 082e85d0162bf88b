/** Filters packed for the programs that read them: packed once, and kept with their tensor. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../../../kernels/errors.js';
import {
  type DepthwisePacking,
  depthwiseBlockLayout,
  type FilterLayout,
  type FilterPacking,
  filterBlockLayout,
  filterLayout,
  type WeightBlock,
} from '../../../kernels/webgl/layout/filter.js';
import { COMPONENTS, PRODUCT, TURN_SLICES } from '../../../kernels/webgl/layout/winograd.js';
import type { Operand } from '../../../kernels/webgl/runner.js';
import { acquiring } from '../context/acquiring.js';
import { filterUniforms } from '../context/operands.js';
import type { Device } from '../device/device.js';
import type { Conversions, Packing } from './conversions.js';
import type { Form, TileStore } from './tileStore.js';

export class PackedFilters {
  constructor(
    private readonly device: Device,
    private readonly store: Pick<
      TileStore,
      'form' | 'sharedForm' | 'filled' | 'frames' | 'onlySource'
    >,
    private readonly conversions: Pick<
      Conversions,
      'fillFilter' | 'filterValues' | 'depthwiseValues' | 'valuesOnCPU'
    >,
  ) {}

  /** Implements TileRunner.limitsFor. */
  isOnCPU({ dataId }: TensorInfo): boolean {
    return this.conversions.valuesOnCPU(dataId) !== null;
  }

  /** Implements TileRunner.filter. */
  direct(
    filter: TensorInfo,
    { inTileSlices, outTileSlices, block, flipped = false }: FilterPacking,
  ): Operand {
    const [filterHeight, filterWidth, a, b] = filter.shape;
    const channels: [number, number] = flipped ? [b, a] : [a, b];
    const shape: [number, number, number, number] = [filterHeight, filterWidth, ...channels];
    const { maxTextureSize, blockAlignment } = this.device.capabilities;
    if (block !== undefined) {
      const layout = filterBlockLayout(shape, inTileSlices, outTileSlices, blockAlignment);
      return this.inBlocks(filter, layout, block, flipped);
    }
    const layout = filterLayout(shape, inTileSlices, outTileSlices, maxTextureSize);
    return this.packed(filter, layout, {
      family: 'packFilter',
      flipped,
      shape,
      last: outTileSlices,
    });
  }

  /** Implements TileRunner.winogradFilter. */
  winograd(filter: TensorInfo, flipped: boolean): Operand {
    const [a, b] = filter.shape.slice(2);
    const [inChannels, outChannels] = flipped ? [b, a] : [a, b];
    const groups = Math.ceil(outChannels / 4 / PRODUCT.slices);
    const all = COMPONENTS * groups * PRODUCT.slices * 4;
    const layout = filterLayout(
      [1, 1, inChannels, all],
      TURN_SLICES,
      PRODUCT.slices,
      this.device.capabilities.maxTextureSize,
    );
    return this.packed(filter, layout, {
      family: 'winogradFilter',
      flipped,
      shape: [3, 3, inChannels, outChannels],
      last: groups,
    });
  }

  /** Implements TileRunner.depthwiseBlock. */
  depthwise(filter: TensorInfo, packing: DepthwisePacking, bias?: TensorInfo): Operand {
    const { block, outTileSlices, filterRows } = packing;
    const [filterHeight, filterWidth, channels] = filter.shape;
    const sizes = [filterHeight, filterWidth, channels] as const;
    const layout = depthwiseBlockLayout(sizes, packing);
    if (layout === null)
      throw new Error(`no uniform block of ${block} bytes has room for the filter`);
    const { stride, mask, groups } = layout;
    const part = { size: block, stride, groups };
    const make = () =>
      this.bufferOf(filter, part, { Mask: mask }, () =>
        this.conversions.depthwiseValues(filter.dataId, layout, bias?.dataId),
      );
    const key = `depthwise:${outTileSlices}:${filterRows}:${block}`;
    if (bias === undefined) return this.store.form(filter.dataId, key, make);
    return this.store.sharedForm(filter.dataId, bias.dataId, key, make);
  }

  private packed(
    { dataId }: TensorInfo,
    layout: FilterLayout | null,
    rest: Omit<Packing, 'layout'>,
  ): Operand {
    const { family, flipped, shape, last } = rest;
    if (layout === null)
      throw new NeedsFallback(`a filter [${shape}] is too large for a texture here`);
    const key = `${family}:${flipped}:${layout.texWidth}x${layout.texHeight}:${last}`;
    return this.store.form(dataId, key, () => {
      const what = `the packed filter [${shape}] float32`;
      const planes = this.store.filled(what, { planes: 1, ...layout }, (target) =>
        this.conversions.fillFilter(
          dataId,
          { ...rest, layout },
          this.store.onlySource(dataId),
          target,
        ),
      );
      const uniforms = filterUniforms(layout, planes.sides);
      return {
        tiled: null,
        operand: { textures: planes.textures, uniforms },
        release: () => this.device.planes.release(planes),
      };
    });
  }

  /** Returns weights in a buffer, with a block of this size for each group of output slices. */
  private inBlocks(
    filter: TensorInfo,
    layout: FilterLayout,
    size: number,
    flipped: boolean,
  ): Operand {
    const { texWidth, texHeight, outTileSlices } = layout;
    const key = `block:${flipped}:${texWidth}x${texHeight}:${outTileSlices}`;
    const { dataId } = filter;
    const part = { size, stride: 16 * texWidth, groups: 1 };
    return this.store.form(dataId, `${key}:${size}`, () =>
      this.bufferOf(filter, part, {}, () => this.conversions.filterValues(dataId, layout, flipped)),
    );
  }

  /** Returns the texels of `values` in a new buffer of which a draw sees a part. */
  private bufferOf(
    { shape }: TensorInfo,
    part: Omit<WeightBlock, 'buffer'>,
    uniforms: Operand['uniforms'],
    values: () => Float32Array,
  ): Form {
    const { device, store } = this;
    const texels = values();
    const what = `the packed filter [${shape}] float32`;
    const place = { device, frames: store.frames };
    const block = acquiring(place, what, () => device.weights.make(texels, part));
    return {
      tiled: null,
      operand: { textures: [], block, uniforms },
      release: () => device.weights.release(block),
    };
  }
}
