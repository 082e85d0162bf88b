/** Tests that reused planes never show old contents, whatever kernel writes the next tensor. */
import { expect } from 'chai';
import type { PlaneSet } from '../../../../../src/webgl/device/planeSets.js';
import {
  inPlanes,
  leavingNothing,
  type Shape4,
  tiledBackend,
} from '../../../../support/residencySupport.js';
import { tf } from '../../../../support/setup.js';

/** Shape whose pixels no tile divides: planes have room beyond the tensor, which must be zero. */
const shape: Shape4 = [2, 5, 9, 24];

const ones = (...sizes: Shape4) => tf.ones(sizes) as tf.Tensor4D;
const pixels: [number, number][] = [
  [0, 0],
  [1, 3],
  [2, 0],
  [0, 0],
];

/** One kernel of each family of programs. */
const kernels: Record<string, (x: tf.Tensor4D) => tf.Tensor> = {
  conv2d: (x) => tf.conv2d(x, ones(3, 3, 24, 6), 1, 'same'),
  'a stride above the filter': (x) => tf.conv2d(x, ones(1, 1, 24, 6), 3, 'same'),
  depthwise: (x) => tf.depthwiseConv2d(x, ones(3, 3, 24, 1), 1, 'same'),
  transposed: (x) => tf.conv2dTranspose(x, ones(3, 3, 6, 24), [2, 10, 18, 6], 2, 'same'),
  'element-wise': (x) => tf.relu(x),
  concat: (x) => tf.concat([x, tf.slice(x, 0, [2, 5, 9, 5])], 3),
  slice: (x) => tf.slice(x, [1, 2, 5, 7], [1, 2, 3, 11]),
  pad: (x) => tf.pad(x, pixels, -2.5),
  'mirrored pad': (x) => tf.mirrorPad(x, pixels as never, 'reflect'),
  'max pool': (x) => tf.maxPool(x, 3, 2, 'same'),
  'average pool': (x) => tf.avgPool(x, 3, 2, 'valid'),
  mean: (x) => tf.mean(x, [1, 2]),
  resize: (x) => tf.image.resizeBilinear(x, [7, 11]),
  'depth to space': (x) => tf.depthToSpace(x, 2, 'NHWC'),
};

/**
 * Runs `body` with planes that hold a value before they are drawn into. Returns its result, and the
 * contents of the last planes.
 */
function onPlanesOf<T>(value: number, body: () => T): [T, Float32Array[]] {
  const { device } = tiledBackend();
  const { planes, gl } = device;
  const { acquire } = planes;
  let last: PlaneSet | null = null;
  planes.acquire = (...size) => {
    last = acquire.apply(planes, size);
    gl.bindFramebuffer(gl.FRAMEBUFFER, last.framebuffer);
    gl.scissor(0, 0, ...last.sides);
    for (const i of last.textures.keys()) gl.clearBufferfv(gl.COLOR, i, Array(4).fill(value));
    return last;
  };
  try {
    const result = body();
    return [result, device.readPlanes(last as unknown as PlaneSet)];
  } finally {
    Reflect.deleteProperty(planes, 'acquire');
  }
}

describe('reused planes with old values in them', () => {
  for (const [name, kernel] of Object.entries(kernels)) {
    it(`are overwritten completely: ${name}`, () =>
      leavingNothing(() => {
        const run = () => tf.tidy(() => kernel(inPlanes(shape)).dataSync());
        const expected = run();
        const [[values, texels], other] = [1e4, -1e4].map((left) => onPlanesOf(left, run));
        expect(values).to.deep.equal(expected);
        expect([values, texels]).to.deep.equal(other);
      }));
  }
});
