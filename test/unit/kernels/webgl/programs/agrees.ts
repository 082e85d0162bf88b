/** Comparison of a convolution program, run in Node, with the oracle. */

import {
  depthwiseBlockLayout,
  filterBlockLayout,
} from '../../../../../kernels/webgl/layout/filter.js';
import { depthwiseValues } from '../../../../../kernels/webgl/layout/pack.js';
import type { PlaneStorage } from '../../../../../kernels/webgl/layout/planeNames.js';
import {
  type Extent,
  type Tile,
  type TileLayout,
  tileLayout,
} from '../../../../../kernels/webgl/layout/tile.js';
import type { Plan } from '../../../../../kernels/webgl/plan.js';
import { depthwisePacking } from '../../../../../kernels/webgl/programs/depthwise.js';
import { programText } from '../../../../../kernels/webgl/programs/index.js';
import { stepName } from '../../../../../kernels/webgl/programs/steps.js';
import { caseId, caseInputs, type Numbers, reference } from '../../../../../src/validator/index.js';
import { filterUniforms, layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram, type Texture, type Uniforms } from '../../../../support/glsl/glslRun.js';
import {
  asLayers,
  expectPlanes,
  filterTexture,
  planesOf,
  smallFilterLayout,
  smallLayout,
  tile,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';
import type { Case } from './caseShape.js';

const onePixel = tile(1, 1, 1);

/** Returns a function that computes each result once. */
function memoized<T>(of: (n: number) => T): (n: number) => T {
  const known = new Map<number, T>();
  return (n) => {
    if (!known.has(n)) known.set(n, of(n));
    return known.get(n) as T;
  };
}

/** Way to lay out the operands of a program. */
interface Manner {
  readonly storage?: PlaneStorage;
  /**
   * Batch element that alone has the values of the case: the others have NaN and Infinity, and what
   * the program writes for them does not count.
   */
  readonly alone?: number;
  /** Largest texture, in which rows of x or of the result are in parts; the smallest that needs none otherwise. */
  readonly longIn?: number;
}

/** Returns the batch element of the tile at a texel. */
function elementAt({ columns, rows, foldShift, groups }: TileLayout, x: number, y: number): number {
  const image = (Math.floor(y / rows) << foldShift) + Math.floor(x / columns);
  return Math.floor(image / groups);
}

/** Replaces every texel of other batch elements, and of none, by those that `of` returns. */
function replaceOthers(
  planes: readonly Texture[],
  layout: TileLayout,
  alone: number,
  of: (plane: number, at: number) => number,
): void {
  for (const [plane, { width, data }] of planes.entries()) {
    for (let at = 0; at < data.length; at++) {
      const texel = Math.floor(at / 4);
      const element = elementAt(layout, texel % width, Math.floor(texel / width));
      if (element !== alone) data[at] = of(plane, at);
    }
  }
}

/** Draws the plan's program on the inputs of a case, and compares every texel that it writes. */
export function agrees(
  c: Case,
  plan: Plan,
  { storage = 'textures', alone, longIn }: Manner = {},
): void {
  const layoutOf = (extent: Extent, as: Tile) =>
    longIn === undefined ? smallLayout(extent, as) : tileLayout(extent, as, longIn)!;
  const inputs = caseInputs(c);
  const textures: Texture[] = [];
  const uniforms: Record<string, Uniforms[string]> = { ...plan.uniforms };
  const packing = plan.spec.family === 'depthwise' ? depthwisePacking(plan.spec) : null;
  const isStep = inputs.bias !== null && packing?.biased !== true;
  if (c.alpha !== undefined) uniforms[stepName(isStep ? 1 : 0, 'Alpha')] = c.alpha;

  const give = (name: string, { values }: Numbers, [n, h, w, d]: readonly number[], as: Tile) => {
    const layout = layoutOf({ batch: n, height: h, width: w, channels: d }, as);
    const planes = planesOf(values, layout);
    if (name === 'x' && alone !== undefined) {
      replaceOthers(planes, layout, alone, (_, at) =>
        at % 3 === 0 ? Number.POSITIVE_INFINITY : Number.NaN,
      );
    }
    textures.push(...(storage === 'layers' && planes.length > 1 ? [asLayers(planes)] : planes));
    Object.assign(uniforms, named(name, layoutUniforms(layout)));
  };
  give('x', inputs.x, c.in, plan.inTile);
  const [filterHeight, filterWidth, inChannels, last] = c.filter;
  const block = 'block' in plan.spec ? plan.spec.block : undefined;
  let weights: ((group: number) => number[][]) | undefined;
  if (packing !== null) {
    const layout = depthwiseBlockLayout([filterHeight, filterWidth, inChannels], packing)!;
    const data = depthwiseValues(inputs.filter.values, layout, inputs.bias?.values);
    weights = (group) => {
      const part = Math.floor((group * plan.outTile.c) / layout.partSlices);
      const first = (part * layout.stride) / 4;
      const texels = data.subarray(first, first + layout.stride / 4);
      return Array.from({ length: texels.length / 4 }, (_, i) => [
        ...texels.subarray(4 * i, 4 * i + 4),
      ]);
    };
    uniforms.weightsMask = layout.mask;
  } else if (block !== undefined) {
    const layout = filterBlockLayout([...c.filter], plan.inTile.c, plan.outTile.c, 256);
    const { data } = filterTexture(inputs.filter.values, layout);
    weights = (group) =>
      Array.from({ length: layout.texWidth }, (_, i) => {
        const at = 4 * (group * layout.texWidth + i);
        return [...data.slice(at, at + 4)];
      });
  } else if (c.kernel === 'conv2d') {
    const layout = smallFilterLayout([...c.filter], plan.inTile.c, plan.outTile.c);
    textures.push(filterTexture(inputs.filter.values, layout));
    Object.assign(uniforms, named('weights', filterUniforms(layout)));
  } else {
    give('weights', inputs.filter, [1, filterHeight, filterWidth, inChannels * last], onePixel);
  }
  const bias = isStep ? inputs.bias : null;
  const operands = [bias, inputs.prelu].filter((operand) => operand !== null);
  for (const [index, operand] of operands.entries()) {
    give(stepName(index), operand, [1, 1, 1, operand.values.length], onePixel);
  }

  const { shape, values, bounds } = reference(c, inputs);
  const [batch, height, width, channels] = shape;
  const layout = layoutOf({ batch, height, width, channels }, plan.outTile);
  Object.assign(uniforms, named('out', layoutUniforms(layout)));
  const size = { width: layout.texWidth, height: layout.texHeight };
  const groupAt = (x: number, y: number) =>
    Math.floor(
      ((Math.floor(y / layout.rows) << layout.foldShift) + Math.floor(x / layout.across)) /
        layout.parts,
    ) % layout.groups;
  const seen = weights && memoized(weights);
  const drawn = runProgram(
    programText(plan.spec, storage, 'float32', longIn === undefined ? 'whole' : 'long'),
    textures,
    uniforms,
    size,
    undefined,
    seen && ((x, y) => seen(groupAt(x, y))),
  );
  if (alone !== undefined) {
    const wanted = planesOf(values, layout);
    replaceOthers(drawn, layout, alone, (plane, at) => wanted[plane].data[at]);
  }
  expectPlanes(drawn, values, layout, caseId(c), { bounds });
}
