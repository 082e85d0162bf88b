/** Kernels of kernels/webgl in Node: a runner that draws programs in the interpreter of GLSL. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { extentOf, locate, sameExtent, tileLayout } from '../../kernels/webgl/layout/tile.js';
import { programText } from '../../kernels/webgl/programs/index.js';
import { moveUniforms } from '../../kernels/webgl/programs/move.js';
import { type Move, movePlan } from '../../kernels/webgl/programs/movePlan.js';
import type {
  Limits,
  Operand,
  Output,
  Pass,
  Placement,
  TiledKernel,
  TileRunner,
} from '../../kernels/webgl/runner.js';
import { layoutUniforms } from '../../src/webgl/context/operands.js';
import { runProgram, type Texture } from './glsl/glslRun.js';
import { asLayers, expectPlanes, places, planesOf } from './glsl/glslTensors.js';
import { named } from './named.js';

const maxTextureSize = 2048;

/** Values of a tensor that is in planes, or on the CPU if it has no placement. */
export interface NodeTensor extends TensorInfo {
  readonly values: ArrayLike<number>;
  readonly placement: Placement | null;
}

/** Returns a tensor; its data are in a placement that suits another shape as well. */
export function nodeTensor(
  shape: readonly number[],
  values: ArrayLike<number>,
  placement: Placement | null,
  dtype: TensorInfo['dtype'] = 'float32',
): NodeTensor {
  return { dataId: {}, shape: [...shape], dtype, values, placement };
}

/** Result of a kernel, with the planes that hold it. */
interface Drawn extends NodeTensor {
  readonly planes: readonly Texture[];
}

/**
 * Calls one of our kernels; returns its results, or null if it leaves the call to stock.
 * @param limits limits of the device that differ from the usual ones
 */
export function callKernel(
  { kernelFunc }: TiledKernel,
  inputs: Readonly<Record<string, NodeTensor>> | readonly NodeTensor[],
  attrs: object,
  limits: Partial<Limits> = {},
): Drawn[] | null {
  const left = new Error('left to stock');
  const compute = <T>(_: unknown, body: () => T): T => {
    const result = body();
    if (result === null) throw left;
    return result;
  };
  const runner = {
    ...nodeRunner,
    limits: { ...nodeRunner.limits, ...limits },
    transaction: compute,
  } as unknown as TileRunner;
  try {
    const given = { inputs, attrs, backend: { runner } } as never;
    return [kernelFunc(given)].flat() as Drawn[];
  } catch (error) {
    if (error === left) return null;
    throw error;
  }
}

/** Expects planes with these values, and with zeros outside the tensor. */
export function expectValues(drawn: Drawn, values: ArrayLike<number>, what: string): void {
  const { layout, format } = drawn.placement as Placement;
  expectPlanes(drawn.planes, values, layout, what, { format });
}

const known = (x: TensorInfo) => x as NodeTensor;

const nodeRunner: Partial<TileRunner> = {
  limits: {
    maxTextureSize,
    maxTargets: 8,
    maxSamplers: 16,
    sharesTextures: false,
    maxBlockBytes: 0,
    precision: 'float32',
    device: {} as never,
  },
  hasFault: false,
  faultOf: () => null,
  placementOfData: (x) => known(x).placement,
  placementOfAnyType: (x) => known(x).placement,
  placementOf: (x) => {
    const { placement } = known(x);
    if (placement === null || x.shape.length !== 4) return null;
    return sameExtent(placement.layout, extentOf(x.shape, placement.format)) ? placement : null;
  },
  computesOnCPU: (inputs) => inputs.every((x) => known(x).placement === null),
  valuesOnCPU: (x) => known(x).values as Float32Array,
  tiles: (x, extent, format, tile) => {
    const layout = tileLayout(extent, tile, maxTextureSize)!;
    const textures = planesOf(known(x).values, layout, format) as unknown as WebGLTexture[];
    return { textures, uniforms: layoutUniforms(layout) };
  },
  relabel: (x, shape, format) => {
    const { placement, values } = known(x);
    const { layout, format: before } = placement as Placement;
    const planes = planesOf(values, layout, before);
    return result(planes, { shape, layout, format });
  },
  run: (spec, operands, uniforms, output) =>
    nodeRunner.runPasses!([{ spec, operands, uniforms }], output),
  runPasses: (passes, output) => {
    let planes: Texture[] | undefined;
    for (const pass of passes) planes = draw(pass, output, planes);
    return result(planes as Texture[], output);
  },
  deferOther: (pass, output) => nodeRunner.runPasses!([pass], output),
  deferMove: ({ x, from, move }, output) => {
    const plan = movePlan(from, output, move);
    const operand = nodeRunner.tiles!(x, from.layout, from.format, from.layout.tile);
    return nodeRunner.run!(plan.spec, { x: operand }, moveUniforms(plan), output);
  },
  rearranged: () => null,
  // Nothing is deferred here.
  deferArranged: (pass, output) => nodeRunner.runPasses!([pass], output),
  arrangementOf: () => null,
  disposeIntermediateTensorInfo: () => {},
  unpack: () => {},
};

/** Returns the planes of a rearrangement of values from one placement to another one. */
export function drawMove(
  from: Placement,
  to: Placement,
  move: Move,
  values: ArrayLike<number>,
): readonly Texture[] {
  const x = nodeTensor(move.shape, values, from);
  const output = { shape: move.outShape, ...to };
  return (nodeRunner.deferMove!({ x, from, move }, output) as Drawn).planes;
}

function draw({ spec, operands, uniforms }: Pass, { layout }: Output, before?: Texture[]) {
  const parts = Object.entries(operands);
  const all = Object.assign(
    {},
    uniforms,
    named('out', layoutUniforms(layout)),
    ...parts.map(([name, operand]) => named(name, operand.uniforms)),
  );
  const size = { width: layout.texWidth, height: layout.texHeight };
  const textures = (operand: Operand) => operand.textures as unknown as Texture[];
  const planes = parts.flatMap(([, operand]) => textures(operand));
  const drawn = runProgram(programText(spec), planes, all, size, before);
  const arrays = parts.map(([, operand]) => textures(operand));
  const layers = arrays.map((list) => (list.length > 1 ? asLayers(list) : list[0]));
  const again = runProgram(programText(spec, 'layers'), layers, all, size, before);
  for (const [plane, { data }] of drawn.entries()) {
    if (data.some((v, i) => !Object.is(v, again[plane].data[i]))) {
      throw new Error(`${spec.family} draws other values from layers`);
    }
  }
  return drawn;
}

function result(planes: readonly Texture[], { shape, layout, format }: Output): Drawn {
  const values = Float32Array.from(places(layout, format), ({ n, y, x, channel }) => {
    const { plane, texX, texY, lane } = locate(layout, n, y, x, channel);
    const { width, data } = planes[plane];
    return data[4 * (texY * width + texX) + lane];
  });
  return { ...nodeTensor(shape, values, { layout, format }), planes };
}
