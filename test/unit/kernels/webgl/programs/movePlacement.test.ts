/** Tests of rearrangements one after the other, drawn at once in Node, and of their placements. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { type Tile, tileLayout } from '../../../../../kernels/webgl/layout/tile.js';
import { movedPlacement } from '../../../../../kernels/webgl/programs/movePlacement.js';
import { composed, type Move } from '../../../../../kernels/webgl/programs/movePlan.js';
import type { Placement } from '../../../../../kernels/webgl/runner.js';
import { transposition } from '../../../../../kernels/webgl/Transpose.js';
import { expectPlanes, tile } from '../../../../support/glsl/glslTensors.js';
import { drawMove } from '../../../../support/nodeRunner.js';

const limits = { maxTextureSize: 2048 };

function place(shape: readonly number[], inTile: Tile, format: Placement['format'] = 'NHWC') {
  const [batch, height, width, channels] = shape;
  return { layout: tileLayout({ batch, height, width, channels }, inTile, 2048)!, format };
}

/** Reshapes and transpositions: the shape before each, and the order of its axes. */
type Step = readonly [shape: number[], perm: number[]];

interface Chain {
  readonly from: number[];
  readonly steps: readonly Step[];
  /** Shape in which the result is read, and the extent that suits it. */
  readonly shape: number[];
  readonly extent: number[];
}

const chains: Record<string, Chain> = {
  'heads apart': {
    from: [1, 2, 9, 24],
    steps: [
      [
        [2, 9, 3, 2, 4],
        [2, 0, 3, 1, 4],
      ],
    ],
    shape: [3, 4, 9, 4],
    extent: [3, 4, 9, 4],
  },
  'heads together, in rows of a matrix': {
    from: [2, 3, 7, 8],
    steps: [
      [
        [2, 3, 7, 8],
        [0, 2, 1, 3],
      ],
    ],
    shape: [1, 14, 24],
    extent: [1, 2, 7, 24],
  },
  'pixels of patches to tokens': {
    from: [1, 4, 6, 8],
    steps: [
      [
        [2, 2, 3, 16],
        [0, 2, 1, 3],
      ],
      [
        [1, 6, 4, 8],
        [0, 2, 1, 3],
      ],
    ],
    shape: [4, 6, 8],
    extent: [1, 4, 6, 8],
  },
  'tokens to pixels of patches': {
    from: [1, 4, 6, 8],
    steps: [
      [
        [1, 4, 6, 8],
        [0, 2, 1, 3],
      ],
      [
        [2, 3, 2, 16],
        [0, 2, 1, 3],
      ],
    ],
    shape: [1, 4, 6, 8],
    extent: [1, 4, 6, 8],
  },
};

describe('rearrangements that are drawn at once', () => {
  before(() => tf.setBackend('cpu'));

  for (const [name, { from, steps, shape, extent }] of Object.entries(chains)) {
    it(`equal stock cpu one by one: ${name}`, () => {
      const size = tf.util.sizeFromShape(shape);
      const values = Float32Array.from({ length: size }, (_, i) => i);
      for (const inTile of [tile(2, 2, 2), tile(4, 2, 1)]) {
        const source = place(from, inTile);
        const moves = steps.map(([before, perm]) => transposition(before, perm));
        const move = moves.reduce((first, second): Move => composed(first, second));
        const to = movedPlacement(shape, { from: source, move }, source, limits)!;
        const { batch, height, width, channels } = to.layout;
        expect([batch, height, width, channels]).to.deep.equal(extent);
        expect(to.format).to.equal('NHWC');
        const expected = tf.tidy(() => {
          const start: tf.Tensor = tf.tensor(values);
          return steps
            .reduce((x, [before, perm]) => tf.transpose(tf.reshape(x, before), perm), start)
            .dataSync();
        });
        for (const other of [
          to,
          place([1, 1, 1, size], tile(1, 1, 1)),
          { ...to, format: 'NCHW' as const },
        ]) {
          if (other.format === 'NCHW' && batch > 1) continue;
          const planes = drawMove(source, other, move, values);
          expectPlanes(planes, expected, other.layout, name, { format: other.format });
        }
      }
    });
  }

  it('have channels last where the channels of their input are', () => {
    const inTile = tile(2, 2, 2);
    const source = place([1, 1, 22, 8], inTile, 'NCHW');
    const move = transposition([1, 2, 4, 22], [0, 3, 1, 2]);
    const to = movedPlacement([1, 22, 2, 4], { from: source, move }, source, limits);
    expect(to?.format).to.equal('NHWC');
  });

  it('are dense, or in no planes', () => {
    const source = place([1, 40, 40, 4], tile(2, 2, 2));
    const move = transposition([40, 40, 2, 2], [0, 2, 1, 3]);
    const to = movedPlacement([40, 2, 40, 2, 1], { from: source, move }, source, limits)!;
    const { layout } = to;
    const { columns, rows, groups, planes, batch } = layout;
    const texels = columns * rows * groups * planes * batch;
    expect(4 * texels).to.be.at.most(2 * 6400 + 1024);
  });
});
