/**
 * Plans of every variant for layers, and their programs, as plain data: what `npm run shaders` writes
 * for compilers of GPUs.
 */
import { type ConvShape, convShape } from '../../kernels/shape/convShape.js';
import type { Fusion } from '../../kernels/shape/fused.js';
import { depthwiseBlockLayout } from '../../kernels/webgl/layout/filter.js';
import type { PlaneStorage } from '../../kernels/webgl/layout/planeNames.js';
import { type Tile, type TileLayout, tileName } from '../../kernels/webgl/layout/tile.js';
import type { Plan } from '../../kernels/webgl/plan.js';
import { depthwisePacking } from '../../kernels/webgl/programs/depthwise.js';
import { type ProgramSpec, programKey, programText } from '../../kernels/webgl/programs/index.js';
import { turnsOf } from '../../kernels/webgl/programs/window.js';
import type { Limits } from '../../kernels/webgl/runner.js';
import { convPlans } from '../../kernels/webgl/variants.js';
import type { Layer } from '../bench/layers.js';
import { fragmentsOf } from '../bench/report/fetches.js';
import { countsOf, slicesOfATurn } from './counts.js';
import type { NetLayer } from './netLayers.js';

/** A draw, or several draws of one program, of a plan. */
export interface PassRow {
  /** Name of the program. */
  readonly program: string;
  /** Fragments of all draws together. */
  readonly fragments: number;
  /** Turns of the program's loop. */
  readonly turns: number;
  readonly draws: number;
}

/** A plan for a layer. */
export interface PlanRow {
  readonly layer: string;
  readonly variant: string;
  readonly inTile: string;
  /** Tile that the input is in, if it is in one. */
  readonly resident: string | null;
  readonly multiplyAdds: number;
  /** Estimate in fetches; null for a plan that is never the first. */
  readonly cost: number | null;
  /** True if the device takes this plan first, for input that is in no tile. */
  readonly chosen: boolean;
  readonly passes: readonly PassRow[];
}

/** A program, which may serve several plans. */
export interface ProgramRow {
  readonly name: string;
  readonly key: string;
  readonly variant: string;
  readonly family: string;
  readonly targets: number;
  readonly samplers: number;
  readonly tile: Tile | null;
  readonly inTile: Tile | null;
  /** Texels of weights that a turn of the loop fetches. */
  readonly uniformFetches: number;
  /** Multiply-adds of numbers in a turn of the loop; null for a program that multiplies nothing. */
  readonly fmaPerTurn: number | null;
  /** Layers whose plans use it. */
  readonly layers: readonly string[];
}

/** Programs by name, with their texts, and plans. */
export interface Listing {
  readonly programs: readonly (ProgramRow & { readonly fragment: string })[];
  readonly plans: readonly PlanRow[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const fusion: Fusion = { bias: true, activation: 'relu6' };

/** Tiles that the input may be in: none, and the tile in which nets begin. */
const residents: readonly (Tile | null)[] = [null, { w: 2, h: 2, c: 2 }];

/** Returns the plans of all variants for these layers, each fused with bias and relu6. */
export function listingOf(layers: readonly (Layer | NetLayer)[], limits: Limits): Listing {
  const programs = new Map<string, Mutable<Listing['programs'][number]>>();
  const names = new Set<string>();
  const plans: PlanRow[] = [];
  const storage = limits.sharesTextures ? 'layers' : 'textures';

  const nameOf = (plan: Plan, spec: ProgramSpec, layer: string): string => {
    const key = programKey(spec);
    const known = programs.get(key);
    if (known !== undefined) {
      if (!known.layers.includes(layer)) known.layers = [...known.layers, layer];
      return known.name;
    }
    const { fragment, targets, samplers } = programText(spec, storage);
    const base = partsOf(plan.variant, spec).join('_');
    let name = base;
    for (let i = 2; names.has(name); i++) name = `${base}_v${i}`;
    names.add(name);
    programs.set(key, {
      name,
      key,
      variant: plan.variant,
      family: spec.family,
      targets,
      samplers: samplers.length,
      tile: 'out' in spec ? spec.out : null,
      inTile: 'in' in spec ? spec.in : null,
      ...countsOf(spec, storage),
      layers: [layer],
      fragment,
    });
    return name;
  };

  for (const layer of layers) {
    const shape = 'shape' in layer ? layer.shape : shapeOf(layer);
    for (const resident of residents) {
      for (const [rank, plan] of convPlans(shape, fusion, limits, resident).entries()) {
        const pass = (spec: ProgramSpec, fragments: number, draws = 1): PassRow => ({
          program: nameOf(plan, spec, layer.id),
          fragments,
          turns: loopTurns(spec, shape, plan, storage),
          draws,
        });
        const { spec, winograd } = plan;
        const passes: PassRow[] = [];
        if (winograd !== undefined) {
          const { inputs, products } = winograd.layout;
          for (const input of winograd.inputs) passes.push(pass(input.spec, tilesOf(inputs)));
          passes.push(pass(winograd.products.spec, 16 * tilesOf(products)));
        }
        passes.push(pass(spec, fragmentsOf(plan, shape), drawsOf(plan, shape)));
        plans.push({
          layer: layer.id,
          variant: plan.variant,
          inTile: tileName(plan.inTile),
          resident: resident === null ? null : tileName(resident),
          multiplyAdds: multiplyAddsOf(shape),
          cost: Number.isFinite(plan.cost) ? plan.cost : null,
          chosen: resident === null && rank === 0,
          passes,
        });
      }
    }
  }
  return { programs: [...programs.values()], plans };
}

/** Returns the number of draws in which a program has its output. */
function drawsOf({ spec, outTile }: Plan, shape: ConvShape): number {
  const { batch, filterHeight, filterWidth, outChannels } = shape;
  if (spec.family === 'conv2d' && spec.block !== undefined) {
    return batch * Math.ceil(outChannels / 4 / outTile.c);
  }
  const packing = spec.family === 'depthwise' ? depthwisePacking(spec) : null;
  if (packing === null) return 1;
  const filter = [filterHeight, filterWidth, outChannels] as const;
  const parts = depthwiseBlockLayout(filter, packing)?.parts ?? 1;
  return parts === 1 ? 1 : parts * batch;
}

function shapeOf(layer: Layer): ConvShape {
  const { height, width, inChannels, outChannels, filterHeight, filterWidth } = layer;
  const kernel = layer.kernel === 'conv2d' ? 'conv2d' : 'depthwiseConv2d';
  const last = kernel === 'conv2d' ? outChannels : 1;
  const filter = [filterHeight, filterWidth, inChannels, last];
  const { stride: strides, dilation: dilations } = layer;
  return convShape(kernel, [1, height, width, inChannels], filter, {
    strides,
    pad: 'same',
    dilations,
  });
}

/** Returns the multiply-adds of one run. Taps on the padding count, as is usual. */
function multiplyAddsOf(shape: ConvShape): number {
  const { batch, outHeight, outWidth, outChannels, filterHeight, filterWidth } = shape;
  const inputs = shape.kernel === 'depthwiseConv2d' ? 1 : shape.inChannels;
  return batch * outHeight * outWidth * outChannels * filterHeight * filterWidth * inputs;
}

/** Returns the number of turns of a program's loop over filter rows and input. */
function loopTurns(
  spec: ProgramSpec,
  shape: ConvShape,
  { winograd }: Plan,
  storage: PlaneStorage,
): number {
  const slices = Math.ceil(shape.inChannels / 4);
  const { filterHeight, filterWidth } = shape;
  switch (spec.family) {
    case 'conv2d': {
      return turnsOf(shape, spec) * Math.ceil(slices / slicesOfATurn(spec, storage));
    }
    case 'depthwise':
      return spec.loop ? turnsOf(shape, spec) : 0;
    case 'generalConv2d':
      return slices * filterHeight * filterWidth;
    case 'generalDepthwise':
      return filterHeight * filterWidth;
    case 'winogradProducts':
      return ((winograd?.layout.inputs.groups ?? 0) * spec.parts.slices) / 2;
    default:
      return 0;
  }
}

/** Returns what tells the program of a variant from its other ones, for a file name. */
function partsOf(variant: string, spec: ProgramSpec): string[] {
  const parts = [variant];
  if ('in' in spec && spec.family !== 'winogradInput') parts.push(`in${tileName(spec.in)}`);
  if (spec.family === 'conv2d' || spec.family === 'depthwise') {
    const { filterWidth, filterRows, loop, strideWidth, strideHeight, dilationWidth } = spec;
    parts.push(`k${filterWidth}r${filterRows}${loop ? 'L' : ''}`);
    if (strideWidth > 1 || strideHeight > 1) parts.push(`s${strideWidth}`);
    if (dilationWidth > 1) parts.push(`d${dilationWidth}`);
    if (spec.padPhaseX > 0 || spec.padPhaseY > 0) parts.push(`p${spec.padPhaseX}${spec.padPhaseY}`);
    if (spec.whole) parts.push(spec.whole === 'tiles' ? 'whole' : 'channels');
    if (spec.family === 'conv2d' && spec.lanes < 4) parts.push(`l${spec.lanes}`);
    if (spec.block !== undefined) parts.push(`b${spec.block / 1024}`);
  }
  if (spec.family === 'winogradInput') {
    parts.push(`in-part${spec.part.x}.${spec.part.slice}-row${spec.row}`);
  }
  if (spec.family === 'winogradProducts') {
    parts.push(`products-${spec.parts.across}x${spec.parts.slices}`);
  }
  if (spec.family === 'winogradOutput') parts.push('output');
  return parts;
}

function tilesOf({ batch, columns, rows, groups }: TileLayout): number {
  return batch * columns * rows * groups;
}
