/** Tests of gradients of depthwise convolutions, drawn in Node and compared with the defining sums. */
import { backend_util } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { depthwiseConv2dNativeBackpropInputKernel as kernel } from '../../../../kernels/webgl/DepthwiseConv2dNativeBackpropInput.js';
import { depthwiseTransposedPlans } from '../../../../kernels/webgl/depthwiseTransposed.js';
import { profileNamed } from '../../../../kernels/webgl/devices.js';
import {
  extentOf,
  type Tile,
  tileLayout,
  tileName,
} from '../../../../kernels/webgl/layout/tile.js';
import { integers, stream } from '../../../../src/validator/index.js';
import { tile, tiles } from '../../../support/glsl/glslTensors.js';
import { callKernel, expectValues, nodeTensor } from '../../../support/nodeRunner.js';
import { limitsOf } from './programs/randomCases.js';

type Shape4 = [number, number, number, number];

interface Call {
  readonly inputShape: Shape4;
  /** [filterHeight, filterWidth, channels, multiplier] */
  readonly filter: Shape4;
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | number;
}

const infoOf = ({ inputShape, filter, strides, pad }: Call) =>
  backend_util.computeConv2DInfo(inputShape, filter, strides, 1, pad, 'floor', true);

/** Returns the sums in float64. */
function gradientOf(call: Call, dy: Float32Array, w: Float32Array): number[] {
  const { inputShape, filter, strides } = call;
  const { outHeight, outWidth, padInfo } = infoOf(call);
  const [batch, height, width, channels] = inputShape;
  const [filterHeight, filterWidth, , multiplier] = filter;
  const sums: number[] = [];
  for (let at = 0; at < batch * height * width * channels; at++) {
    const c = at % channels;
    const pixel = Math.floor(at / channels);
    const row = Math.floor(pixel / width);
    let sum = 0;
    for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
      const y = ((row % height) + padInfo.top - Math.floor(tap / filterWidth)) / strides[0];
      const x = ((pixel % width) + padInfo.left - (tap % filterWidth)) / strides[1];
      if (!Number.isInteger(y) || y < 0 || y >= outHeight) continue;
      if (!Number.isInteger(x) || x < 0 || x >= outWidth) continue;
      const from = (Math.floor(row / height) * outHeight + y) * outWidth + x;
      for (let k = c * multiplier; k < (c + 1) * multiplier; k++) {
        sum += dy[from * channels * multiplier + k] * w[tap * channels * multiplier + k];
      }
    }
    sums.push(sum);
  }
  return sums;
}

const values = (shape: Shape4, name: string) =>
  integers(
    stream(1, name),
    shape.reduce((a, b) => a * b),
    9,
  );

function check(call: Call, dyTile: Tile | null, limits: { maxTargets: number }): void {
  const { inputShape, filter, strides, pad } = call;
  const what = `${dyTile && tileName(dyTile)} ${JSON.stringify({ ...call, ...limits })}`;
  const dyShape = infoOf(call).outShape as Shape4;
  const [dy, w] = [values(dyShape, `dy ${what}`), values(filter, `w ${what}`)];
  const placement = dyTile && {
    layout: tileLayout(extentOf(dyShape, 'NHWC'), dyTile, 2048)!,
    format: 'NHWC' as const,
  };
  const inputs = { dy: nodeTensor(dyShape, dy, placement), filter: nodeTensor(filter, w, null) };
  const attrs = { inputShape, strides, dilations: 1, pad, dimRoundingMode: 'floor' };
  const [dx] = callKernel(kernel, inputs, attrs, limits)!;
  expect(dx.shape, what).to.deep.equal(inputShape);
  expectValues(dx, Float32Array.from(gradientOf(call, dy, w)), what);
}

describe('gradients of depthwise convolutions, drawn in Node', () => {
  it('equal the defining sums from every tile', () => {
    const next = stream(1, 'depthwise input gradients');
    const upTo = (most: number) => 1 + Math.floor(next() * most);
    for (let i = 0; i < 12; i++) {
      const channels = upTo(9);
      const call: Call = {
        inputShape: [upTo(2), 4 + upTo(6), 4 + upTo(7), channels],
        filter: [upTo(4), upTo(4), channels, i % 3 === 2 ? upTo(3) : 1],
        strides: i % 2 === 0 ? [1, 1] : [upTo(3), upTo(3)],
        pad: (['same', 'valid', 2] as const)[(i >> 1) % 3],
      };
      check(call, [null, ...tiles][i], { maxTargets: i % 5 === 0 ? 4 : 8 });
    }
  });

  it('leave dy where it is with strides of 1, and spell out strides of 2', () => {
    const limits = limitsOf(profileNamed('swiftshader'));
    const shape = { filterHeight: 3, filterWidth: 3, padTop: 1, padLeft: 1, outWidth: 28 };
    const rest = { inShape: [1, 28, 28, 16], channelMultiplier: 1 } as const;
    for (const own of [tile(4, 2, 1), tile(2, 2, 2)]) {
      const one = { ...shape, ...rest, strideHeight: 1, strideWidth: 1 };
      const [plan] = depthwiseTransposedPlans(one, limits, own);
      expect(plan.spec.in).to.deep.equal(own);
      expect(plan.outTile).to.deep.equal(own);
      const two = { ...one, strideHeight: 2, strideWidth: 2 };
      const [down] = depthwiseTransposedPlans(two, limits, own);
      expect(down.spec.family).to.equal('depthwiseTransposed');
      expect(down.outTile).to.deep.equal(own);
      const several = { ...one, channelMultiplier: 2 };
      expect(depthwiseTransposedPlans(several, limits, own)[0].name).to.include('general');
    }
  });
});
