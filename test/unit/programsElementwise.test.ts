import type {
  BinaryOp,
  BinarySpec,
  Broadcast,
  UnarySpec,
} from '../../kernels/webgl/programs/elementwise.js';
import { type ProgramSpec, programText } from '../../kernels/webgl/programs/index.js';
import { layoutUniforms } from '../../src/backend/tileStore.js';
import { type Extent, type Tile, tileName } from '../../src/layout/tile.js';
import { integers, stream } from '../../src/validator/index.js';
import { runProgram, type Texture, type Uniforms } from './glslRun.js';
import { expectPlanes, places, planesOf, sizeOf, smallLayout, tile, tiles } from './glslTensors.js';

const extents: readonly Extent[] = [
  [1, 3, 7, 3],
  [2, 5, 5, 9],
].map(([batch, height, width, channels]) => ({ batch, height, width, channels }));

const onePixel = tile(1, 1, 1);
/** Of exp and of a quotient, a few steps of float32. */
const RELATIVE = 4 * 2 ** -23;

const unaryOps: Record<UnarySpec['op'], (v: number) => number> = {
  linear: (v) => v,
  relu: (v) => (v < 0 ? 0 : v),
  relu6: (v) => (v < 0 ? 0 : v > 6 ? 6 : v),
  elu: (v) => (v < 0 ? Math.expm1(v) : v),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  tanh: Math.tanh,
  leakyrelu: (v) => (v < 0 ? 0.25 * v : v),
  clip: (v) => (v < 2 ? 2 : v > 5 ? 5 : v),
};

/** tfjs: NaN goes through maximum and minimum. Math.max and Math.min agree. */
const binaryOps: Record<BinaryOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  prelu: (a, b) => (a < 0 ? a * b : a),
};

/** Whole numbers, some of them NaN. */
function values(extent: Extent, name: string): Float32Array {
  const next = stream(sizeOf(extent), name);
  return integers(next, sizeOf(extent), 9).map((v) => (next() < 0.05 ? Number.NaN : v));
}

describe('unary programs, run in Node', () => {
  for (const [op, f] of Object.entries(unaryOps) as [UnarySpec['op'], (v: number) => number][]) {
    it(`${op} in every tile`, () => {
      for (const inTile of tiles) {
        for (const extent of extents) {
          const x = values(extent, 'x');
          const spec = { family: 'unary', op, tile: inTile } as const;
          const drawing = draw(spec, extent, inTile, [['x', 'same', x]], {
            alpha: 0.25,
            clipRange: [2, 5],
          });
          const wanted = Array.from(x, f);
          expectNear(drawing, wanted, `${op} in ${tileName(inTile)}`, op !== 'elu' ? 0 : 2 ** -24);
        }
      }
    });
  }
});

describe('binary programs, run in Node', () => {
  const kinds: readonly Broadcast[] = ['same', 'channel', 'scalar'];
  const pairs = kinds.flatMap((a) => kinds.map((b) => ({ a, b })));
  for (const { a, b } of pairs.filter((pair) => pair.a === 'same' || pair.b === 'same')) {
    it(`${a} with ${b} in every tile`, () => {
      for (const op of Object.keys(binaryOps) as BinaryOp[]) {
        for (const inTile of tiles) checkBinary({ family: 'binary', op, tile: inTile, a, b });
      }
    });
  }

  it('take channels of their own in each batch element', () => {
    const spec = { family: 'binary', op: 'add', tile: tile(2, 1, 4), a: 'same' } as const;
    checkBinary({ ...spec, b: 'channel' }, 2);
  });
});

describe('batch norm programs, run in Node', () => {
  for (const offset of [false, true]) {
    for (const scale of [false, true]) {
      const given = [offset ? 'with offset' : '', scale ? 'with scale' : ''].join(' ').trim();
      it(given || 'with neither offset nor scale', () => {
        for (const inTile of tiles) checkBatchNorm(inTile, offset, scale);
      });
    }
  }
});

type Operand = readonly [name: string, broadcast: Broadcast, values: Float32Array];
type Drawing = { drawn: Texture[]; layout: ReturnType<typeof smallLayout> };

function draw(
  spec: ProgramSpec,
  extent: Extent,
  inTile: Tile,
  operands: readonly Operand[],
  others: Uniforms = {},
): Drawing {
  const layout = smallLayout(extent, inTile);
  const uniforms: Record<string, Uniforms[string]> = {
    ...others,
    ...layoutUniforms('out', layout),
  };
  const textures = operands.flatMap(([name, broadcast, data]) => {
    if (broadcast === 'same') return planesOf(data, layout);
    const channels = broadcast === 'scalar' ? 1 : extent.channels;
    const batch = data.length / channels;
    const own = smallLayout({ batch, height: 1, width: 1, channels }, onePixel);
    Object.assign(uniforms, layoutUniforms(name, own));
    return planesOf(data, own);
  });
  const size = { width: layout.texWidth, height: layout.texHeight };
  return { drawn: runProgram(programText(spec), textures, uniforms, size), layout };
}

function expectNear(
  { drawn, layout }: Drawing,
  wanted: readonly number[],
  what: string,
  absolute = 0,
): void {
  const bounds = wanted.map((v) => (Number.isFinite(v) ? RELATIVE * Math.abs(v) + absolute : 0));
  expectPlanes(drawn, wanted, layout, what, { bounds });
}

/** The value that a result at a place takes of an operand. */
function valueAt(
  [, broadcast, data]: Operand,
  { channels }: Extent,
  { n, channel, flat }: { n: number; channel: number; flat: number },
): number {
  if (broadcast === 'same') return data[flat];
  return broadcast === 'scalar' ? data[0] : data[(n * channels + channel) % data.length];
}

function checkBinary(spec: BinarySpec, batches = 1): void {
  for (const extent of extents) {
    const operands = (['a', 'b'] as const).map((name): Operand => {
      const kind = spec[name];
      const channels = kind === 'scalar' ? 1 : extent.channels;
      const batch = Math.min(batches, extent.batch);
      const own = kind === 'same' ? extent : { batch, height: 1, width: 1, channels };
      return [name, kind, values(own, name)];
    });
    const wanted = [...places(extent)].map((at) =>
      binaryOps[spec.op](valueAt(operands[0], extent, at), valueAt(operands[1], extent, at)),
    );
    const drawing = draw(spec, extent, spec.tile, operands);
    expectNear(drawing, wanted, `${spec.op} in ${tileName(spec.tile)}`);
  }
}

function checkBatchNorm(inTile: Tile, offset: boolean, scale: boolean): void {
  for (const extent of extents) {
    const perChannel = { ...extent, batch: 1, height: 1, width: 1 };
    const names = ['mean', 'variance', ...(offset ? ['offset'] : []), ...(scale ? ['scale'] : [])];
    const operands = names.map((name): Operand => {
      const data = values(perChannel, name);
      return [name, 'channel', name === 'variance' ? data.map(Math.abs) : data];
    });
    const x: Operand = ['x', 'same', values(extent, 'x')];
    const epsilon = 2 ** -7;
    const spec = { family: 'batchNorm', tile: inTile, offset, scale } as const;
    const drawing = draw(spec, extent, inTile, [x, ...operands], { epsilon });
    const of = (name: string, at: { n: number; channel: number; flat: number }, none: number) => {
      const found = operands.find((operand) => operand[0] === name);
      return found ? valueAt(found, extent, at) : none;
    };
    const wanted = [...places(extent)].map((at) => {
      const factor = of('scale', at, 1) / Math.sqrt(of('variance', at, 1) + epsilon);
      return (x[2][at.flat] - of('mean', at, 0)) * factor + of('offset', at, 0);
    });
    // The sum may be small where its terms, up to 18 * 9 / sqrt(epsilon) and 9, are not.
    expectNear(drawing, wanted, `batch norm in ${tileName(inTile)}`, 18 * 9 * 12 * RELATIVE);
  }
}
