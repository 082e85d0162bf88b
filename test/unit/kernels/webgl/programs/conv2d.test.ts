import { expect } from 'chai';
import type { ForwardKernel } from '../../../../../kernels/shape/convShape.js';
import { profileNamed } from '../../../../../kernels/webgl/devices.js';
import { filterBlockLayout } from '../../../../../kernels/webgl/layout/filter.js';
import { type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import type { Plan, Variant } from '../../../../../kernels/webgl/plan.js';
import { stepName } from '../../../../../kernels/webgl/programs/epilogue.js';
import { programText } from '../../../../../kernels/webgl/programs/index.js';
import { variants } from '../../../../../kernels/webgl/variants.js';
import {
  activationNames,
  type ConvCase,
  caseId,
  caseInputs,
  type Numbers,
  outputOf,
  reference,
  type Stream,
  stream,
} from '../../../../../src/validator/index.js';
import { filterUniforms, layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram, type Texture, type Uniforms } from '../../../../support/glsl/glslRun.js';
import {
  expectPlanes,
  filterTexture,
  planesOf,
  smallFilterLayout,
  smallLayout,
  tile,
  tiles,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';
import { type Case, shapeOf } from './caseShape.js';

const rasteriser = profileNamed('swiftshader');

const limits = {
  maxTextureSize: 4096,
  maxTargets: 8,
  maxSamplers: 16,
  sharesTextures: false,
  maxBlockBytes: 65536,
  device: rasteriser,
  precision: 'float32' as const,
};
const onePixel = tile(1, 1, 1);
const CASES = 5;

describe('convolution programs, run in Node', () => {
  // winograd.test.ts and transposed.test.ts draw the other variants.
  for (const variant of variants.filter(isSummed)) {
    const taken = [null, ...tiles].filter((resident) => casesOf(variant, resident).length > 0);
    for (const resident of taken) {
      const from = resident === null ? 'tiles made for it' : `tiles of ${tileName(resident)}`;
      it(`${variant.name} equals the oracle on input in ${from}`, () => {
        for (const [c, plan] of casesOf(variant, resident)) agrees(c, plan);
      });
    }
    it(`${variant.name} reads input in every tile that it takes, without a conversion`, () => {
      const { kernel, tile: own } = variant;
      const can = ({ c }: Tile) => kernel === 'conv2d' || c === own.c;
      const all = variant.method === 'general' ? tiles : tiles.filter(can);
      expect(taken).to.deep.equal([null, ...all]);
    });
  }
});

/** A variant that sums over a window of the input in one program. */
type Summed = Variant & { readonly kernel: ForwardKernel };

function isSummed(variant: Variant): variant is Summed {
  return variant.kernel !== 'conv2dTranspose' && variant.method !== 'winograd';
}

/** Returns random cases that the variant accepts in this layout; none if it never does. */
function casesOf(variant: Summed, resident: Tile | null): [Case, Plan][] {
  const found: [Case, Plan][] = [];
  const next = stream(1, `${variant.name} ${resident && tileName(resident)}`);
  for (let seed = 0; seed < 40 * CASES && found.length < CASES; seed++) {
    const c = randomCase(variant.kernel, next, seed);
    const { rows, cols } = outputOf(c);
    if (rows < 1 || cols < 1) continue;
    const fusion = { activation: c.activation ?? 'linear', bias: c.bias !== undefined };
    const plan = variant.plan(shapeOf(c), fusion, limits, resident);
    if (plan !== null && (resident === null || plan.inTile === resident)) found.push([c, plan]);
  }
  return found;
}

function randomCase(kernel: ForwardKernel, next: Stream, seed: number): Case {
  const from = <T>(...values: readonly T[]) => values[Math.floor(next() * values.length)];
  const upTo = (most: number) => 1 + Math.floor(next() * most);
  const inChannels = upTo(13);
  const last = kernel === 'conv2d' ? upTo(35) : upTo(3);
  const stride = [from(1, 1, 2, 3), from(1, 1, 2, 3, 4, 8)] as const;
  const dilates = stride[0] === 1 && stride[1] === 1;
  const activation = from(...activationNames);
  const outChannels = kernel === 'conv2d' ? last : inChannels * last;
  return {
    kernel,
    in: [upTo(2), upTo(6), upTo(19), inChannels],
    filter: [upTo(3), upTo(4), inChannels, last],
    stride,
    pad: from<ConvCase['pad']>('same', 'valid', [2, 1, upTo(9), 3]),
    dilation: dilates ? [upTo(2), upTo(3)] : [1, 1],
    format: 'NHWC',
    activation,
    ...(next() < 0.5 ? { bias: [outChannels] } : {}),
    ...(activation === 'prelu' ? { prelu: [outChannels] } : {}),
    ...(activation === 'leakyrelu' ? { alpha: 0.25 } : {}),
    data: 'int',
    seed,
  };
}

/** Returns a function that computes each result once. */
function memoized<T>(of: (n: number) => T): (n: number) => T {
  const known = new Map<number, T>();
  return (n) => {
    if (!known.has(n)) known.set(n, of(n));
    return known.get(n) as T;
  };
}

/** Draws the plan's program on the inputs of a case, and compares every texel that it writes. */
function agrees(c: Case, plan: Plan): void {
  const inputs = caseInputs(c);
  const textures: Texture[] = [];
  const uniforms: Record<string, Uniforms[string]> = { ...plan.uniforms };
  if (c.alpha !== undefined) uniforms[stepName(c.bias ? 1 : 0, 'Alpha')] = c.alpha;

  const give = (name: string, { values }: Numbers, [n, h, w, d]: readonly number[], as: Tile) => {
    const layout = smallLayout({ batch: n, height: h, width: w, channels: d }, as);
    textures.push(...planesOf(values, layout));
    Object.assign(uniforms, named(name, layoutUniforms(layout)));
  };
  give('x', inputs.x, c.in, plan.inTile);
  const [filterHeight, filterWidth, inChannels, last] = c.filter;
  const block = 'block' in plan.spec ? plan.spec.block : undefined;
  let weights: ((group: number) => number[][]) | undefined;
  if (block !== undefined) {
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
  const operands = [inputs.bias, inputs.prelu].filter((operand) => operand !== null);
  for (const [index, operand] of operands.entries()) {
    give(stepName(index), operand, [1, 1, 1, operand.values.length], onePixel);
  }

  const { shape, values, bounds } = reference(c, inputs);
  const [batch, height, width, channels] = shape;
  const layout = smallLayout({ batch, height, width, channels }, plan.outTile);
  Object.assign(uniforms, named('out', layoutUniforms(layout)));
  const size = { width: layout.texWidth, height: layout.texHeight };
  const groupAt = (x: number, y: number) =>
    ((Math.floor(y / layout.rows) << layout.foldShift) + Math.floor(x / layout.columns)) %
    layout.groups;
  const seen = weights && memoized(weights);
  const drawn = runProgram(
    programText(plan.spec),
    textures,
    uniforms,
    size,
    undefined,
    seen && ((x, y) => seen(groupAt(x, y))),
  );
  expectPlanes(drawn, values, layout, caseId(c), { bounds });
}
