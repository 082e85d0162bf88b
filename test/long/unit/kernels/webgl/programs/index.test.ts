import { expect } from 'chai';
import {
  type ConvAttrs,
  type ConvShape,
  convShape,
} from '../../../../../../kernels/shape/convShape.js';
import { type FusedActivation, fusedActivations } from '../../../../../../kernels/shape/fused.js';
import { depthwiseTransposedPlans } from '../../../../../../kernels/webgl/depthwiseTransposed.js';
import { profileNamed } from '../../../../../../kernels/webgl/devices.js';
import { binaryFunctions } from '../../../../../../kernels/webgl/glsl/binaryFunctions.js';
import { unaryFunctions } from '../../../../../../kernels/webgl/glsl/unaryFunctions.js';
import { type Tile, tileName } from '../../../../../../kernels/webgl/layout/tile.js';
import type { Plan, Variant } from '../../../../../../kernels/webgl/plan.js';
import { poolPlan } from '../../../../../../kernels/webgl/pool.js';
import {
  type ProgramSpec,
  programKey,
  programText,
} from '../../../../../../kernels/webgl/programs/index.js';
import { retilePlan } from '../../../../../../kernels/webgl/programs/movePlan.js';
import type { ProgramSource } from '../../../../../../kernels/webgl/programs/source.js';
import type { Step } from '../../../../../../kernels/webgl/programs/steps.js';
import { convPlans, variants } from '../../../../../../kernels/webgl/variants.js';
import { type Stream, stream } from '../../../../../../src/validator/index.js';
import { shaderOf } from '../../../../../support/glsl/glslRun.js';
import { tiles } from '../../../../../support/glsl/glslTensors.js';
import { transposedShape } from '../../../../../support/transposedShape.js';
import { extent } from '../../../../../unit/kernels/webgl/programs/drawOne.js';
import { limitsOf } from '../../../../../unit/kernels/webgl/programs/randomCases.js';
import { oneAxis, someAxes } from '../../../../../unit/kernels/webgl/programs/someAxes.js';

const rasteriser = profileNamed('swiftshader');

const limits = limitsOf(rasteriser);

function chooser(next: Stream) {
  return <T>(...values: readonly T[]): T => values[Math.floor(next() * values.length)];
}

/** Properties of a convolution that a program may depend on; it may not depend on sizes. */
interface Geometry {
  readonly filter: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly dilations: readonly [height: number, width: number];
  readonly padTop: number;
  readonly padLeft: number;
  readonly fusion: { readonly activation: FusedActivation; readonly bias: boolean };
  readonly resident: Tile | null;
}

function randomGeometry(next: Stream): Geometry {
  const from = chooser(next);
  const strides = [from(1, 1, 2, 3), from(1, 1, 2, 3)] as const;
  const dilates = strides[0] === 1 && strides[1] === 1;
  return {
    filter: [from(1, 2, 3, 5), from(1, 2, 3, 5)],
    strides,
    dilations: dilates ? [from(1, 1, 2), from(1, 1, 2)] : [1, 1],
    padTop: from(0, 1, 2, 3),
    padLeft: from(0, 1, 2, 9),
    fusion: { activation: from(...fusedActivations), bias: from(true, false) },
    resident: from(null, ...tiles),
  };
}

/** Returns a shape of the geometry; its other sizes are drawn at random by `size`. */
function shapeWith(
  kernel: ConvShape['kernel'],
  { filter, strides, dilations, padTop, padLeft }: Geometry,
  size: () => number,
): ConvShape {
  const inChannels = size();
  if (kernel === 'conv2dTranspose') {
    const [strideHeight, strideWidth] = strides;
    const window = { filterHeight: filter[0], filterWidth: filter[1], strideHeight, strideWidth };
    const extents = [1, 2].map(() => extent(1 + (size() % 3), size(), size(), size()));
    return transposedShape({ ...window, padTop, padLeft }, extents[0], extents[1]);
  }
  const attrs: ConvAttrs = {
    strides: [...strides],
    dilations: [...dilations],
    pad: [
      [0, 0],
      [padTop, size() % 4],
      [padLeft, size() % 4],
      [0, 0],
    ],
  };
  const x = [1 + (size() % 3), 9 + size(), 10 + size(), inChannels];
  const last = kernel === 'conv2d' ? size() : 1;
  return convShape(kernel, x, [...filter, inChannels, last], attrs);
}

/** Returns the specs of every variant, for random geometries and three random shapes of each. */
function convSpecs(): ProgramSpec[] {
  const next = stream(1, 'specs');
  const size = () => 1 + Math.floor(next() * 50);
  return variants.flatMap((variant) =>
    Array.from({ length: 20 }, () => {
      const geometry = randomGeometry(next);
      const shapes = [1, 2, 3].map(() => shapeWith(variant.kernel, geometry, size));
      return shapes.flatMap((s) =>
        specsOf(variant.plan(s, geometry.fusion, limits, geometry.resident)),
      );
    }).flat(),
  );
}

function specsOf(plan: Plan | null): ProgramSpec[] {
  if (plan === null) return [];
  const { spec, winograd } = plan;
  return winograd ? [spec, ...[...winograd.inputs, winograd.products].map((p) => p.spec)] : [spec];
}

/** Returns the specs of Winograd convolutions, which few random shapes allow. */
function winogradSpecs(): ProgramSpec[] {
  const next = stream(1, 'winograd specs');
  const size = () => 32 + Math.floor(next() * 50);
  return variants
    .filter(isWinograd)
    .flatMap((variant) =>
      Array.from({ length: 20 }, () => {
        const geometry = { ...randomGeometry(next), ...plainWindow };
        const shape = shapeWith('conv2d', geometry, size);
        return specsOf(variant.plan(shape, geometry.fusion, limits, geometry.resident));
      }),
    )
    .flat();
}

const plainWindow = { filter: [3, 3], strides: [1, 1], dilations: [1, 1] } as const;

function isWinograd({ method }: Variant): boolean {
  return method === 'winograd';
}

/** Windows of poolings and of transposed convolutions; the last is too large to be unrolled. */
const poolShapes = [
  [2, 2, 0],
  [3, 2, 1],
  [3, 1, 2],
  [2, 3, 0],
  [40, 1, 0],
].map(([size, stride, pad]) => ({
  filterHeight: size,
  filterWidth: size,
  strideHeight: stride,
  strideWidth: stride,
  dilationHeight: 1,
  dilationWidth: 1,
  padTop: pad,
  padLeft: pad,
}));

function otherSpecs(): ProgramSpec[] {
  const yesNo = [true, false];
  const forms = ['unpacked', 'packed'] as const;
  const filterSources = [...forms, { tile: { w: 4, h: 1, c: 2 }, format: 'NHWC' } as const];
  const pixels = (['c', 'bc'] as const).map((axes) => ({ axes, tile: { w: 1, h: 1, c: 8 } }));
  const named = ['same', 'channel', 'batchChannel', 'scalar', 'uniform', 0, 'hw', 'bwc'] as const;
  const kinds = [...named, ...pixels];
  const unaryOps = Object.keys(unaryFunctions) as (keyof typeof unaryFunctions)[];
  const binaryOps = Object.keys(binaryFunctions) as (keyof typeof binaryFunctions)[];
  const steps: Step[] = [
    ...unaryOps.map((op) => ({ op })),
    ...binaryOps.map((op) => ({ op, operand: 'same', swapped: false }) as const),
    ...kinds.flatMap((operand) =>
      yesNo.map((swapped) => ({ op: 'sub', operand, swapped }) as const),
    ),
    ...kinds.map((kind) => ({ op: 'select', position: 1, operands: [kind, 0] }) as const),
    { op: 'addN', position: 0, operands: ['same', 0] },
    ...yesNo.flatMap((offset) =>
      yesNo.map((scale) => ({ op: 'batchNorm', offset, scale }) as const),
    ),
  ];
  const formats = ['NHWC', 'NCHW'] as const;
  return [
    { family: 'rank' },
    ...(['places', 'values'] as const).map((of) => ({ family: 'ranked', of }) as const),
    ...filterSources.flatMap((from) =>
      (['packFilter', 'winogradFilter'] as const).flatMap((family) =>
        yesNo.map((flipped) => ({ family, from, flipped }) as const),
      ),
    ),
    ...tiles.flatMap((tile): ProgramSpec[] => [
      ...steps.map((step) => ({ family: 'elementwise', tile, steps: [step] }) as const),
      {
        family: 'elementwise',
        tile,
        steps: unaryOps.filter((_, i) => i % 4 === 0).map((op) => ({ op })),
      },
      { family: 'elementwise', tile, from: 'wc', steps: [{ op: 'abs' }] },
      ...forms.map((from) => ({ family: 'tile', from, tile }) as const),
      ...(['unpacked', 'packed'] as const).flatMap((to) =>
        formats.map((format) => ({ family: 'untile', tile, format, to }) as const),
      ),
      ...tiles.map((out) => retilePlan(tile, out).spec),
      ...yesNo.flatMap((aligned): ProgramSpec[] => [
        { family: 'concat', tile, aligned, steps: aligned ? [] : [{ op: 'cos' }] },
        { family: 'shift', tile, phaseX: 0, phaseY: tile.h - 1, aligned, steps: [{ op: 'cos' }] },
      ]),
      ...moveSpecs(tile),
      { family: 'interleave', tile },
      ...(['sum', 'prod', 'max', 'min'] as const).flatMap((op) =>
        someAxes.map((over) => ({ family: 'reduce', op, in: tile, over }) as const),
      ),
      ...(['max', 'min'] as const).flatMap((op) =>
        oneAxis.map((over) => ({ family: 'argReduce', op, in: tile, over }) as const),
      ),
      ...yesNo
        .filter((byLine) => !byLine || tile.h > 1)
        .map((byLine) => ({ family: 'matMul', tile, byLine, steps: [] }) as const),
      { family: 'softmaxTerms', in: tile },
      ...(['conv2d', 'depthwiseConv2d'] as const).flatMap((kernel) =>
        (['one', 'any'] as const)
          .filter((multiplier) => kernel !== 'conv2d' || multiplier === 'one')
          .map((multiplier): ProgramSpec => {
            const out = kernel === 'conv2d' ? { w: 4, h: 1, c: 2 } : { w: 1, h: 1, c: 1 };
            return { family: 'filterGradient', kernel, multiplier, in: tile, dy: tile, out };
          }),
      ),
      { family: 'generalDepthwiseTransposed', in: tile },
      { family: 'softmax', tile },
      ...(['bilinear', 'nearest'] as const).flatMap((method) =>
        (['resize', 'resizeGradient'] as const).flatMap((family) =>
          yesNo.map((halfPixelCenters) => ({ family, method, halfPixelCenters, tile })),
        ),
      ),
      ...(['max', 'avg'] as const).flatMap((op) =>
        poolShapes.map((shape) => poolPlan(op, shape, tile).spec),
      ),
      ...poolShapes.map((shape) => {
        const whole = transposedShape(shape, extent(1, 9, 9, 9), extent(1, 9, 9, 9));
        return convPlans(whole, { activation: 'linear', bias: false }, limits, tile)[0].spec;
      }),
      ...poolShapes.map((shape) => {
        const rest = { inShape: [1, 9, 9, 9], outWidth: 9, channelMultiplier: 1 } as const;
        return depthwiseTransposedPlans({ ...shape, ...rest }, limits, tile)[0].spec;
      }),
    ]),
  ];
}

/** Returns specs of moves with every step, every fetch, and a second input. */
function moveSpecs(tile: Tile): ProgramSpec[] {
  const map = [
    { op: 'split', of: [3] },
    { op: 'sum', of: [4, 5, 1] },
    { op: 'clamped', of: [2] },
    { op: 'bounded', of: [1] },
    { op: 'mirrored', of: [7] },
    { op: 'looked', of: [3] },
  ] as const;
  const out = { w: tile.h, h: tile.w, c: tile.c };
  const move = { family: 'move', in: tile, out, steps: [] } as const;
  const joined = { in: tile, source: [0, -1, 8, 9], along: 2 } as const;
  const channels = { ...move, out: tile, source: [0, 1, 2, 3] } as const;
  return (['texel', 'run', 'lanes'] as const).flatMap((fetch): ProgramSpec[] => [
    { ...move, fetch, map: [], source: [0, 2, 1, 3] },
    { ...channels, fetch, map: [] },
    { ...channels, fetch: [0, 1, 0, 1], map },
    { ...move, fetch, map, source: [4, 5, 6, 7] },
    ...(tile.w * tile.h * tile.c > 7
      ? []
      : [{ ...move, fetch, map, source: [0, 1, 2, 8] as const, joined }]),
  ]);
}

/** Yields copies of a value that differ from it in one number, text or flag each. */
function* altered(value: unknown): Generator<unknown> {
  if (typeof value === 'number') yield value + 1;
  else if (typeof value === 'boolean') yield !value;
  else if (typeof value === 'string') yield `${value}2`;
  else {
    for (const [name, field] of Object.entries(value as object)) {
      for (const other of altered(field)) yield { ...(value as object), [name]: other };
    }
  }
}

/** Returns the same spec with its fields in reverse order. */
function reversed<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, field]) => [name, reversed(field)]);
  return Object.fromEntries(entries.reverse()) as T;
}

const specs = [...convSpecs(), ...winogradSpecs(), ...otherSpecs()];

describe('program keys', () => {
  it('stand for one program text each, in all families', () => {
    const texts = new Map<string, ProgramSource>();
    for (const spec of specs) {
      const key = programKey(spec);
      const text = programText(spec);
      expect(texts.get(key) ?? text, key).to.deep.equal(text);
      texts.set(key, text);
    }
    // There are many keys, and shapes share many of them.
    expect(texts.size).to.be.above(300);
    expect(texts.size).to.be.below(specs.length - 100);
  });

  it('hold every field of a spec', () => {
    for (const spec of specs) {
      const others = [...altered(spec)] as ProgramSpec[];
      const keys = new Set([spec, ...others].map(programKey));
      expect(keys.size, programKey(spec)).to.equal(1 + others.length);
    }
  });

  it('do not depend on the order of fields', () => {
    for (const spec of specs) {
      expect(programKey(reversed(spec))).to.equal(programKey(spec));
      expect(programText(reversed(spec))).to.deep.equal(programText(spec));
    }
  });
});

describe('programs', () => {
  for (const variant of variants) {
    it(`of ${variant.name} contain no sizes: one serves all shapes of a geometry and an input tile`, () => {
      const next = stream(1, `sizes of ${variant.name}`);
      for (let i = 0; i < 25; i++) {
        const random = randomGeometry(next);
        const geometry = isWinograd(variant) ? { ...random, ...plainWindow } : random;
        // Winograd variants have no plan for few channels, or for large layers.
        const [least, most] = isWinograd(variant) ? [32, 64] : [1, 300];
        // A uniform block has no room for many weights.
        const isBlock = variant.name.includes('block');
        const keys = new Map<string, Set<string>>();
        for (let j = 0; j < 12; j++) {
          const shape = shapeWith(
            variant.kernel,
            geometry,
            () => least + Math.floor(next() * (most + 1 - least)),
          );
          const plan = variant.plan(shape, geometry.fusion, limits, geometry.resident);
          // From a picture, a program reads as many lanes as the picture has channels.
          const lanes = plan?.spec.family === 'conv2d' ? plan.spec.lanes : 4;
          expect(lanes).to.be.at.least(Math.min(4, shape.inChannels));
          // Uniform blocks have one of a few sizes.
          const block = plan !== null && 'block' in plan.spec ? plan.spec.block : undefined;
          const input = plan === null ? 'none' : `${tileName(plan.inTile)} ${lanes} ${block}`;
          const known = keys.get(input) ?? new Set();
          keys.set(input, known.add(specsOf(plan).map(programKey).join() || 'none'));
        }
        expect(!isBlock && keys.has('none') && keys.size > 1, JSON.stringify(geometry)).to.equal(
          false,
        );
        for (const known of keys.values())
          expect(known, JSON.stringify(geometry)).to.have.length(1);
      }
    });
  }

  it('read no more textures than every WebGL2 device must allow, and write no more than most do', () => {
    for (const spec of specs) {
      const { fragment, samplers, targets } = programText(spec);
      expect(samplers.length, programKey(spec)).to.be.within(1, 16);
      expect(targets, programKey(spec)).to.be.within(1, 8);
      expect(
        [...fragment.matchAll(/^uniform sampler2D(?:Array)? (\w+);$/gm)].map(([, name]) => name),
      ).to.deep.equal(samplers);
      expect(fragment.match(/^layout\(location = \d+\) out highp vec4 target\d+;$/gm)).length(
        targets,
      );
    }
  });

  it('are well-typed GLSL, and write every target', () => {
    const texts = new Map(specs.map((spec) => [programKey(spec), spec]));
    for (const spec of texts.values()) {
      const { fragment, targets } = programText(spec);
      expect(() => shaderOf(fragment), programKey(spec)).to.not.throw();
      for (let i = 0; i < targets; i++) expect(fragment).to.include(`target${i} = `);
    }
  });
});
