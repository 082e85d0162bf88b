/**
 * Known-answer test of a variant's programs on this device. The first program of each variant that
 * is drawn computes a small convolution with a known answer before its first real one. This costs
 * one more draw of a few texels, with a program that is needed anyway.
 */

import {
  depthwiseBlockLayout,
  filterBlockLayout,
  filterLayout,
  type WeightBlock,
} from '../../../kernels/webgl/layout/filter.js';
import { blockTurns } from '../../../kernels/webgl/layout/filterBlock.glsl.js';
import { depthwiseValues, filterValues, tileValues } from '../../../kernels/webgl/layout/pack.js';
import {
  extentOf,
  type Tile,
  type TileLayout,
  tileLayout,
} from '../../../kernels/webgl/layout/tile.js';
import { valuesOfPlanes } from '../../../kernels/webgl/layout/unpack.js';
import { texelsOfATurn } from '../../../kernels/webgl/programs/conv2d.js';
import { depthwisePacking } from '../../../kernels/webgl/programs/depthwise.js';
import type { ConvSpec, ProgramSpec } from '../../../kernels/webgl/programs/index.js';
import {
  type Geometry,
  hasEmptySums,
  type KnownAnswer,
  knownAnswerOf,
  mismatch,
} from '../../../kernels/webgl/programs/knownAnswer.js';
import { operandPlacement, stepName, stepOperands } from '../../../kernels/webgl/programs/steps.js';
import { STEP_OPERAND } from '../../../kernels/webgl/programs/stepValues.js';
import { turnsOf } from '../../../kernels/webgl/programs/window.js';
import type { Operand, Pass } from '../../../kernels/webgl/runner.js';
import type { Device } from '../device/device.js';
import type { PlaneSet } from '../device/planeSets.js';
import { giveUpIfSpoilt } from '../stock/readGuard.js';
import type { Drawing } from './drawing.js';
import { filterUniforms, tileOperand } from './operands.js';

const onePixel = { w: 1, h: 1, c: 1 } as const;

/** Specs tested here. Winograd needs several draws: see kernels/webgl/winogradSelfTest.ts. */
type Proven = Exclude<ConvSpec, { family: 'winogradOutput' }>;

export class SelfTest {
  /** Faults by variant or other way of computing; null for one that has passed its test. */
  private readonly verdicts = new Map<string, string | null>();
  /** Specs that were tested, of variants without a verdict. */
  private readonly tested = new WeakSet<ProgramSpec>();

  constructor(
    private readonly device: Device,
    private readonly drawing: Pick<Drawing, 'drawUntimed'>,
  ) {}

  /**
   * Returns the fault of a way of computing on this device; null if none is known.
   * @param test called once, if there is no verdict yet; if it throws, there is still no verdict
   */
  faultOf(name: string, test?: () => string | null): string | null {
    const known = this.verdicts.get(name);
    if (known !== undefined || test === undefined) return known ?? null;
    const verdict = test();
    this.verdicts.set(name, verdict);
    return verdict;
  }

  get hasFault(): boolean {
    return [...this.verdicts.values()].some((verdict) => verdict !== null);
  }

  /** Tests a variant with this pass's program if it has no verdict; returns its fault or null. */
  test(variant: string, geometry: Geometry, pass: Pass): string | null {
    const known = this.verdicts.get(variant);
    if (known !== undefined) return known;
    const { spec } = pass;
    if (!isProven(spec) || this.tested.has(spec)) return null;
    this.tested.add(spec);
    const out = 'out' in spec ? spec.out : onePixel;
    const bias = spec.family === 'depthwise' && spec.biased ? STEP_OPERAND : 0;
    const proof = knownAnswerOf(geometry, spec.in, out, channelsFor(spec, geometry), bias);
    const verdict = this.run(proof, spec, out, pass.uniforms);
    if (verdict === undefined) return null;
    // A test in which some sums have no terms proves nothing about the variant's other programs.
    if (verdict !== null || !hasEmptySums(proof)) this.verdicts.set(variant, verdict);
    return verdict;
  }

  /** Runs the test; returns undefined if there is no memory for it, or the context is lost. */
  private run(
    proof: KnownAnswer,
    spec: Proven,
    out: Tile,
    uniforms: Pass['uniforms'],
  ): string | null | undefined {
    const { planes, weights } = this.device;
    const sets: PlaneSet[] = [];
    let block: WeightBlock | undefined;
    const acquire = (count: number, width: number, height: number) => {
      const set = planes.acquire(count, width, height);
      sets.push(set);
      return set;
    };
    const inTiles = (values: ArrayLike<number>, shape: readonly number[], tile: Tile): Operand => {
      const layout = this.layout(shape, tile);
      const set = acquire(layout.planes, layout.texWidth, layout.texHeight);
      for (const [i, texels] of tileValues(values, layout, 'NHWC').entries()) {
        this.device.uploadPlane(set, i, texels);
      }
      return tileOperand(set, layout);
    };
    try {
      const layout = this.layout(proof.shape.outShape, out);
      const operands: Record<string, Operand> = {
        x: inTiles(proof.x, proof.shape.inShape, spec.in),
        weights: this.weights(proof, spec, out, acquire, inTiles),
      };
      block = operands.weights.block;
      for (const [k, step] of spec.steps.entries()) {
        for (const { part, broadcast } of stepOperands(step)) {
          const { extent, tile } = operandPlacement(broadcast, layout, out);
          const shape = [extent.batch, extent.height, extent.width, extent.channels];
          const ones = new Float32Array(shape.reduce((a, b) => a * b)).fill(STEP_OPERAND);
          operands[stepName(k, part)] = inTiles(ones, shape, tile);
        }
      }
      const target = acquire(layout.planes, layout.texWidth, layout.texHeight);
      this.drawing.drawUntimed({ spec, operands, uniforms }, layout, target);
      const answer = valuesOfPlanes(this.device.readPlanes(target), layout, 'NHWC');
      const { precision } = this.device;
      const verdict = mismatch(proof, spec.steps, (name) => uniforms[name], answer, precision);
      if (verdict === null) return null;
      // A failed draw or a lost context proves nothing: the next context has to be tested again.
      const isDrawn = giveUpIfSpoilt(this.device).length === 0 && this.device.waitForGPU();
      return isDrawn ? verdict : undefined;
    } catch {
      return undefined;
    } finally {
      for (const set of sets) planes.discard(set);
      if (block !== undefined) weights.release(block);
    }
  }

  private weights(
    { filter, shape, bias }: KnownAnswer,
    spec: Proven,
    out: Tile,
    acquire: (count: number, width: number, height: number) => PlaneSet,
    inTiles: (values: ArrayLike<number>, shape: readonly number[], tile: Tile) => Operand,
  ): Operand {
    const { filterHeight, filterWidth, inChannels, outChannels } = shape;
    const { capabilities } = this.device;
    const packing = spec.family === 'depthwise' ? depthwisePacking(spec) : null;
    if (packing !== null) {
      const layout = depthwiseBlockLayout([filterHeight, filterWidth, outChannels], packing);
      if (layout === null) throw new Error('the filter is too large for a uniform block');
      const biases = packing.biased ? Array(outChannels).fill(bias) : undefined;
      const part = { stride: layout.stride, size: packing.block, groups: layout.groups };
      const weights = this.device.weights.make(depthwiseValues(filter, layout, biases), part);
      return { textures: [], block: weights, uniforms: { Mask: layout.mask } };
    }
    if (shape.kernel === 'depthwiseConv2d') {
      return inTiles(filter, [1, filterHeight, filterWidth, outChannels], onePixel);
    }
    const sizes = [filterHeight, filterWidth, inChannels, outChannels] as const;
    const block = 'block' in spec ? spec.block : undefined;
    if (block !== undefined) {
      const layout = filterBlockLayout(sizes, spec.in.c, out.c, capabilities.blockAlignment);
      const texels = filterValues(filter, layout, false);
      const part = { stride: 16 * layout.texWidth, size: block, groups: 1 };
      return { textures: [], block: this.device.weights.make(texels, part), uniforms: {} };
    }
    const layout = filterLayout(sizes, spec.in.c, out.c, capabilities.maxTextureSize);
    if (layout === null) throw new Error('the filter is too large for a texture');
    const set = acquire(1, layout.texWidth, layout.texHeight);
    const texels = filterValues(filter, layout, false);
    this.device.uploadPlane(set, 0, texels);
    return { textures: set.textures, uniforms: filterUniforms(layout, set.sides) };
  }

  private layout(shape: readonly number[], tile: Tile): TileLayout {
    const { maxTextureSize } = this.device.limits;
    const layout = tileLayout(extentOf(shape, 'NHWC'), tile, maxTextureSize);
    if (layout === null) throw new Error('the tensor is too large for a texture');
    return layout;
  }
}

/**
 * Returns the number of channels with which a program can be tested, if it is not any: those of a
 * picture, or one slice short of a tile where its block has no room for the weights of a second tile.
 */
function channelsFor(spec: Proven, geometry: Geometry): number | undefined {
  if (spec.family !== 'conv2d') return undefined;
  if (spec.lanes < 4) return spec.lanes;
  if (spec.block === undefined) return undefined;
  const turns = blockTurns(spec.block, texelsOfATurn(spec)) / turnsOf(geometry, spec);
  return turns < 2 * spec.in.c ? 4 * spec.in.c - 1 : undefined;
}

function isProven(spec: ProgramSpec): spec is Proven {
  return spec.family in proven;
}

/** Families that are tested here: all of ConvSpec but Winograd's, which the type checks. */
const proven: Record<Proven['family'], true> = {
  conv2d: true,
  depthwise: true,
  generalConv2d: true,
  generalDepthwise: true,
  transposed: true,
  generalTransposed: true,
};
