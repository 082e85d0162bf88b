/** Tests of kernels that rearrange values of planes, drawn in Node and compared with stock cpu. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import type { DataFormat } from '../../../../kernels/shape/convShape.js';
import { webglKernels } from '../../../../kernels/webgl/index.js';
import { placementFor } from '../../../../kernels/webgl/layout/placing.js';
import { type Extent, tileLayout, tileName } from '../../../../kernels/webgl/layout/tile.js';
import type { Placement, TiledKernel } from '../../../../kernels/webgl/runner.js';
import { fractions, type Stream, stream } from '../../../../src/validator/index.js';
import { tile } from '../../../support/glsl/glslTensors.js';
import {
  callKernel,
  expectValues,
  type NodeTensor,
  nodeTensor,
} from '../../../support/nodeRunner.js';

/** Returns a placement of an extent [batch, height, width, channels]. */
function place(sizes: readonly number[], format: DataFormat, inTile = tile(2, 2, 2)): Placement {
  const [batch, height, width, channels] = sizes;
  const extent: Extent = { batch, height, width, channels };
  return { layout: tileLayout(extent, inTile, 2048)!, format };
}

/** Returns random values, of which some are NaN, infinite or -0. */
function values(size: number, name: string): Float32Array {
  const next = stream(1, `specials in ${name}`);
  return fractions(stream(size, name), size).map((v) => {
    const special = next();
    if (special < 0.02) return Number.NaN;
    return special < 0.04 ? -0 : special < 0.05 ? Number.NEGATIVE_INFINITY : v;
  });
}

function sameKind(shape: readonly number[], placement: Placement): Placement {
  return placementFor(shape, placement, { maxTextureSize: 2048 })!;
}

const tiles = [tile(4, 2, 1), tile(1, 1, 3)];

type Attrs = Record<string, unknown>;

function kernelNamed(name: string): TiledKernel {
  return webglKernels.find(({ kernelName }) => kernelName === name)!;
}

/** Calls a kernel on planes and stock's on the CPU, and compares; returns the placements of results. */
function compare(
  kernelName: string,
  inputs: readonly NodeTensor[] | Record<string, NodeTensor>,
  attrs: Attrs,
  results = callKernel(kernelNamed(kernelName), inputs, attrs),
): (Placement | null)[] {
  const what = `${kernelName} ${JSON.stringify(attrs)} of ${Object.values(inputs).map((x) => `[${x.shape}]`)}`;
  expect(results, `${what} in planes`).to.not.equal(null);
  tf.tidy(() => {
    const onCPU = Object.entries(inputs).map(([name, { values, shape, dtype }]) => {
      return [name, tf.tensor(Float32Array.from(values), [...shape], dtype)] as const;
    });
    const named = Array.isArray(inputs) ? onCPU.map(([, x]) => x) : Object.fromEntries(onCPU);
    const expected = [
      tf.engine().runKernel(kernelName, named as never, attrs as never) as tf.Tensor,
    ].flat();
    expect(
      results!.map(({ shape }) => shape),
      what,
    ).to.deep.equal(expected.map((y) => y.shape));
    for (const [i, y] of expected.entries()) expectValues(results![i], y.dataSync(), what);
  });
  return results!.map(({ placement }) => placement);
}

/** True if a call changes nothing, so that stock's Identity or Reshape computes it. */
function isPlain(kernelName: string, shape: readonly number[], attrs: Attrs): boolean {
  if (kernelName === 'Slice') return tf.util.arraysEqual(attrs.size as number[], [...shape]);
  if (kernelName === 'Unpack') return shape[attrs.axis as number] === 1;
  if (kernelName === 'SplitV') return attrs.numOrSizeSplits === 1;
  if (kernelName !== 'Transpose') return false;
  const axes = (attrs.perm as number[]).filter((axis) => shape[axis] > 1);
  return axes.every((axis, i) => i === 0 || axis > axes[i - 1]);
}

/** Returns a random whole number from `least` to `most`. */
function whole(next: Stream, least: number, most: number): number {
  return least + Math.floor(next() * (most - least + 1));
}

/** Tensors in planes: by their own axes, and by those of an earlier shape. */
function* tensors(name: string): Generator<NodeTensor> {
  const cases: [shape: number[], sizes: number[], format: DataFormat][] = [
    [[2, 3, 5, 12], [2, 3, 5, 12], 'NHWC'],
    [[2, 5, 3, 9], [2, 5, 3, 9], 'NHWC'],
    [[1, 8, 4, 6], [1, 4, 6, 8], 'NCHW'],
    [[2, 3, 4, 2, 6], [2, 3, 4, 12], 'NHWC'],
    [[2, 15, 8], [2, 3, 5, 8], 'NHWC'],
    [[2, 6, 12], [2, 3, 4, 6], 'NCHW'],
    [[4, 6], [1, 1, 3, 8], 'NHWC'],
    [[24], [1, 2, 3, 4], 'NHWC'],
    [[2, 2, 2, 3, 2, 4], [2, 4, 3, 8], 'NHWC'],
  ];
  for (const [shape, sizes, format] of cases) {
    for (const inTile of tiles) {
      const what = `${name} [${shape}] ${format} ${tileName(inTile)}`;
      yield nodeTensor(
        shape,
        values(tf.util.sizeFromShape(shape), what),
        place(sizes, format, inTile),
      );
    }
  }
}

/** Returns a random order of the axes. */
function permutation(next: Stream, rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => ({ axis, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ axis }) => axis);
}

before(() => tf.setBackend('cpu'));

describe('kernels that rearrange planes, run in Node', () => {
  const attrsOf: Record<string, (next: Stream, shape: readonly number[]) => Attrs> = {
    Transpose: (next, shape) => {
      const perm = permutation(next, shape.length);
      // An order that keeps every axis is a reshape.
      return { perm: perm.every((axis, i) => axis === i) ? perm.reverse() : perm };
    },
    PadV2: (next, shape) => ({
      paddings: shape.map(() => [whole(next, 0, 2), whole(next, 0, 2)]),
      constantValue: whole(next, 0, 1) * 2.5,
    }),
    MirrorPad: (next, shape) => {
      const mode = next() < 0.5 ? 'reflect' : 'symmetric';
      const most = (size: number) => Math.min(2, mode === 'reflect' ? size - 1 : size);
      return {
        paddings: shape.map((size) => [whole(next, 0, most(size)), whole(next, 0, most(size))]),
        mode,
      };
    },
    Slice: (next, shape) => {
      const begin = shape.map((size) => whole(next, 0, size - 1));
      return { begin, size: shape.map((size, i) => whole(next, 1, size - begin[i])) };
    },
    StridedSlice: (next, shape) => {
      const shrinks = next() < 0.3;
      // Stock cpu fails where an axis is dropped and another one has a stride.
      const stride = () => whole(next, 1, 2) * (next() < 0.3 ? -1 : 1);
      const strides = shape.map(() => (shrinks ? 1 : stride()));
      const isBack = (i: number) => strides[i] < 0;
      return {
        begin: shape.map((size, i) => (isBack(i) ? size - 1 : whole(next, 0, 1))),
        end: shape.map((size, i) => (isBack(i) ? 0 : size)),
        strides,
        beginMask: 0,
        endMask: 0,
        ellipsisMask: 0,
        newAxisMask: 0,
        shrinkAxisMask: shrinks ? 1 : 0,
      };
    },
    Reverse: (next, shape) => ({ dims: shape.map((_, i) => i).filter(() => next() < 0.6) }),
    Tile: (next, shape) => ({ reps: shape.map(() => whole(next, 1, 2)) }),
    Unpack: (next, shape) => ({ axis: whole(next, 0, shape.length - 1) }),
    SplitV: (next, shape) => {
      const axis = whole(next, 0, shape.length - 1);
      const first = whole(next, 1, shape[axis] - 1 || 1);
      return { axis, numOrSizeSplits: shape[axis] === 1 ? 1 : [first, shape[axis] - first] };
    },
  };
  for (const [kernelName, attrs] of Object.entries(attrsOf)) {
    it(`equal stock cpu: ${kernelName}`, () => {
      const next = stream(1, kernelName);
      const kernel = kernelNamed(kernelName);
      let [drawn, left] = [0, 0];
      for (const x of tensors(kernelName)) {
        const [name, largest] = kernelName === 'Unpack' ? ['value', 4] : ['x', 6];
        if (x.shape.length > largest || (kernelName === 'Unpack' && x.shape.length < 2)) continue;
        const given = attrs(next, x.shape);
        if (isPlain(kernelName, x.shape, given)) continue;
        // A result with few channels would be mostly padding.
        const results = callKernel(kernel, { [name]: x }, given);
        if (results === null) {
          left++;
          continue;
        }
        drawn++;
        compare(kernelName, { [name]: x }, given, results);
      }
      expect(drawn).to.be.above(3 * left);
    });
  }

  it('equal stock cpu: SpaceToBatchND and BatchToSpaceND', () => {
    for (const inTile of tiles) {
      for (const [blocks, channels] of [
        [[2, 3], 8],
        [[1, 2], 5],
        [[3, 1], 4],
      ] as const) {
        const shape = [2, 5, 7, channels];
        const sides = [5, 7].map((size, i) => [1, 1 + ((blocks[i] * 6 - size - 2) % blocks[i])]);
        const x = nodeTensor(shape, values(70 * channels, 'space'), place(shape, 'NHWC', inTile));
        compare('SpaceToBatchND', { x }, { blockShape: blocks, paddings: sides });
        const many = [2 * blocks[0] * blocks[1], 3, 4, channels];
        const size = tf.util.sizeFromShape(many);
        const y = nodeTensor(many, values(size, 'batch'), place(many, 'NHWC', inTile));
        for (const crops of [
          [
            [0, 0],
            [0, 0],
          ],
          [
            [1, 0],
            [0, 1],
          ],
        ]) {
          compare('BatchToSpaceND', { x: y }, { blockShape: blocks, crops });
        }
      }
    }
  });

  it('equal stock cpu: channels shuffled in groups', () => {
    for (const inTile of tiles) {
      for (const [groups, of] of [
        [2, 6],
        [2, 8],
        [2, 5],
        [4, 6],
        [3, 4],
        [6, 2],
      ]) {
        const shape = [2, 3, 5, groups, of];
        const size = tf.util.sizeFromShape(shape);
        const placement = place([2, 3, 5, groups * of], 'NHWC', inTile);
        const x = nodeTensor(shape, values(size, `shuffle ${groups} ${of}`), placement);
        compare('Transpose', { x }, { perm: [0, 1, 2, 4, 3] });
      }
    }
  });

  it('equal stock cpu: DepthToSpace, with tiles of as many slices as there are', () => {
    for (const inTile of tiles) {
      for (const channels of [3, 4, 5, 8]) {
        const shape = [2, 3, 4, 4 * channels];
        const size = tf.util.sizeFromShape(shape);
        const x = nodeTensor(shape, values(size, 'depth'), place(shape, 'NHWC', inTile));
        const [to] = compare('DepthToSpace', { x }, { blockSize: 2, dataFormat: 'NHWC' });
        const slices = Math.ceil(channels / 4);
        expect(to!.layout.tile.c).to.equal(inTile.c === 1 || slices === 1 ? 1 : 3);
      }
    }
  });

  it('move channels of DepthToSpace in NCHW as in NHWC', () => {
    const [batch, height, width, channels] = [1, 3, 2, 8];
    const data = values(48, 'NCHW');
    const kernel = kernelNamed('DepthToSpace');
    const x = nodeTensor([batch, channels, height, width], data, place([1, 3, 2, 8], 'NCHW'));
    const [y] = callKernel(kernel, { x }, { blockSize: 2, dataFormat: 'NCHW' })!;
    tf.tidy(() => {
      const nhwc = tf.transpose(tf.tensor4d(data, [1, 8, 3, 2]), [0, 2, 3, 1]) as tf.Tensor4D;
      const wanted = tf.transpose(tf.depthToSpace(nhwc, 2, 'NHWC'), [0, 3, 1, 2]);
      expect(y.shape).to.deep.equal(wanted.shape);
      expectValues(y, wanted.dataSync(), 'DepthToSpace in NCHW');
    });
  });

  it('equal stock cpu: GatherV2, with zeros for indices out of range', () => {
    for (const x of tensors('gather')) {
      for (const axis of x.shape.keys()) {
        const indices = nodeTensor(
          [2, 2],
          [x.shape[axis] - 1, 0, 1 % x.shape[axis], 0],
          null,
          'int32',
        );
        compare('GatherV2', { x, indices }, { axis, batchDims: 0 });
      }
    }
    const kernel = kernelNamed('GatherV2');
    const x = nodeTensor([1, 1, 3, 4], values(12, 'few'), place([1, 1, 3, 4], 'NHWC'));
    const indices = nodeTensor([3], [-1, 2, 3], null, 'int32');
    const [y] = callKernel(kernel, { x, indices }, { axis: 2, batchDims: 0 })!;
    expectValues(
      y,
      [0, 0, 0, 0, ...[...(x.values as Float32Array)].slice(8), 0, 0, 0, 0],
      'out of range',
    );
  });

  it('equal stock cpu: Concat and Pack along any axis', () => {
    let draws = 0;
    const concat = kernelNamed('Concat');
    for (const x of tensors('concat')) {
      for (const axis of x.shape.keys()) {
        const shape = x.shape.map((size, i) => (i === axis ? size + 3 : size));
        const size = tf.util.sizeFromShape(shape);
        const other = nodeTensor(
          shape,
          values(size, `other ${shape}`),
          sameKind(shape, x.placement!),
        );
        const given = [x, other, x];
        const results = callKernel(concat, given, { axis });
        if (results === null) continue;
        draws++;
        compare('Concat', given, { axis }, results);
      }
    }
    expect(draws).to.be.above(40);
    for (const shape of [
      [2, 3, 4],
      [1, 3, 4],
      [6, 8],
    ]) {
      const size = tf.util.sizeFromShape(shape);
      const inPlanes = sameKind(shape, place([1, 1, 1, 4], 'NHWC'));
      const [a, b] = ['a', 'b'].map((name) => nodeTensor(shape, values(size, name), inPlanes));
      compare('Pack', [a, b, a], { axis: shape.length - 1 });
    }
  });
});
