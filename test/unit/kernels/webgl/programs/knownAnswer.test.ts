import { expect } from 'chai';
import { convShape, type ForwardKernel } from '../../../../../kernels/shape/convShape.js';
import {
  hasEmptySums,
  type KnownAnswer,
  knownAnswerOf,
  mismatch,
} from '../../../../../kernels/webgl/programs/knownAnswer.js';
import type { Step } from '../../../../../kernels/webgl/programs/steps.js';
import { afterSteps } from '../../../../../kernels/webgl/programs/stepValues.js';
import { convolve } from '../../../../../src/validator/index.js';

const tile = { w: 4, h: 2, c: 1 };
const noUniform = () => undefined;

function proof(
  kernel: ForwardKernel,
  filterShape: number[],
  strides: number,
  dilations = 1,
): KnownAnswer {
  const inShape = [2, 30, 30, filterShape[2]];
  const attrs = { strides, pad: 'same', dataFormat: 'NHWC', dilations } as const;
  return knownAnswerOf(convShape(kernel, inShape, filterShape, attrs), { w: 2, h: 2, c: 2 }, tile);
}

const proofs = [
  proof('conv2d', [3, 3, 40, 40], 1),
  proof('conv2d', [1, 1, 40, 40], 1),
  proof('conv2d', [7, 5, 3, 8], 2),
  proof('conv2d', [3, 3, 8, 8], 1, 2),
  proof('depthwiseConv2d', [3, 3, 16, 1], 2),
  proof('depthwiseConv2d', [3, 3, 4, 2], 1),
];

/** Returns the definition's answer, on the rows and columns that the small convolution has. */
function answerOf({ shape, x, filter }: KnownAnswer): Float64Array {
  const { inHeight, inWidth, outHeight, outWidth, padTop, padLeft } = shape;
  const reach = (outs: number, stride: number, taps: number, dilation: number) =>
    (outs - 1) * stride + (taps - 1) * dilation + 1;
  const down = reach(outHeight, shape.strideHeight, shape.filterHeight, shape.dilationHeight);
  const across = reach(outWidth, shape.strideWidth, shape.filterWidth, shape.dilationWidth);
  const depthwise = shape.kernel === 'depthwiseConv2d';
  const last = depthwise ? shape.channelMultiplier : shape.outChannels;
  const { values, shape: got } = convolve(
    {
      kernel: shape.kernel,
      in: [1, inHeight, inWidth, shape.inChannels],
      filter: [shape.filterHeight, shape.filterWidth, shape.inChannels, last],
      stride: [shape.strideHeight, shape.strideWidth],
      pad: [padTop, down - inHeight - padTop, padLeft, across - inWidth - padLeft],
      dilation: [shape.dilationHeight, shape.dilationWidth],
      format: 'NHWC',
    },
    x,
    filter,
  );
  expect(got).to.deep.equal(shape.outShape);
  return values;
}

describe('the known-answer convolution', () => {
  it('differs from a convolution that leaves out a tap or an input channel', () => {
    for (const known of proofs) {
      const { filterHeight, filterWidth, inChannels } = known.shape;
      const taps = filterHeight * filterWidth;
      const perInput = known.filter.length / (taps * inChannels);
      const without = (isLeftOut: (tap: number, channel: number) => boolean) => {
        const filter = known.filter.map((weight, i) => {
          const row = Math.floor(i / perInput);
          return isLeftOut(Math.floor(row / inChannels), row % inChannels) ? 0 : weight;
        });
        return mismatch(known, [], noUniform, answerOf({ ...known, filter }));
      };
      for (let left = 0; left < taps; left++) {
        expect(
          without((tap) => tap === left),
          `tap ${left}`,
        ).to.not.equal(null);
      }
      for (let left = 0; left < inChannels; left++) {
        const found = without((_tap, channel) => channel === left);
        expect(found, `channel ${left}`).to.not.equal(null);
      }
    }
  });

  it('tells whether some of its sums have no terms', () => {
    expect(proofs.map(hasEmptySums)).to.deep.equal(proofs.map(() => false));
    const attrs = { kernel: 'conv2dTranspose', channelMultiplier: 1 } as const;
    const sides = { filterHeight: 1, filterWidth: 1, strideHeight: 2, strideWidth: 2 };
    const rest = { dilationHeight: 1, dilationWidth: 1, padTop: 0, padLeft: 0 };
    const known = knownAnswerOf({ ...attrs, ...sides, ...rest }, { w: 2, h: 1, c: 1 }, tile);
    expect(hasEmptySums(known)).to.equal(true);
  });

  it('has the answer of the definition, exact in float32', () => {
    for (const known of proofs) {
      const answer = answerOf(known);
      expect(mismatch(known, [], noUniform, answer)).to.equal(null);
      expect([...Float32Array.from(answer)]).to.deep.equal([...answer]);
    }
  });

  it('detects one value that is off by one part in 8192, zero or NaN, and an answer of nothing else', () => {
    for (const known of proofs) {
      const right = answerOf(known);
      const spoilt = (change: (answer: Float64Array) => void) => {
        const answer = right.slice();
        change(answer);
        return mismatch(known, [], noUniform, answer);
      };
      const coarse = spoilt((answer) => {
        answer[answer.length - 1] = Math.max(1, answer[answer.length - 1]) * (1 + 2 ** -13);
      });
      expect(coarse).to.match(/^self-test: \[0, \d+, \d+, \d+\] is .* and not /);
      for (const value of [0, Number.NaN]) {
        const message = new RegExp(`is ${value} and not`);
        expect(spoilt((answer) => answer.fill(value, answer.length - 1))).to.match(message);
        expect(spoilt((answer) => answer.fill(value))).to.match(message);
      }
    }
  });

  it('includes the epilogue steps of a program', () => {
    const uniforms: Record<string, number> = {
      step1Value: 3,
      step2ClipValueMin: 0,
      step2ClipValueMax: 6,
      step3Alpha: 0.5,
      step4Epsilon: 0.25,
    };
    const after = (value: number, steps: Step[]) =>
      afterSteps(value, steps, (name) => uniforms[name])?.[steps.length];
    const bias: Step = { op: 'add', operand: 'channel', swapped: false };
    expect(after(2, [bias, { op: 'multiply', operand: 'uniform', swapped: false }])).to.equal(9);
    expect(after(9, [bias, bias, { op: 'clip' }])).to.equal(6);
    expect(after(-9, [bias, bias, bias, { op: 'leakyrelu' }])).to.equal(-3);
    expect(after(3, [bias, { op: 'relu' }, { op: 'divide', operand: 0, swapped: true }])).to.equal(
      3 / 4,
    );
    const normal: Step = { op: 'batchNorm', offset: true, scale: true };
    expect(after(1, [bias, bias, bias, bias, normal])).to.equal(
      Math.fround(1 + 4 / Math.sqrt(1.25)),
    );
    for (const op of ['relu', 'relu6', 'elu', 'sigmoid', 'tanh'] as const) {
      expect(after(0, [{ op }]), op).to.equal(op === 'sigmoid' ? 0.5 : 0);
    }
    const sum: Step = { op: 'addN', position: 1, operands: ['same', 0, 'hw'] };
    expect(after(5, [bias, sum])).to.equal(1 + 6 + 5 + 1);
    const select: Step = { op: 'select', position: 0, operands: [0, 'same'] };
    expect(after(5, [{ op: 'isNaN' }, select])).to.equal(1);
    expect(after(5, [{ op: 'isFinite' }, select])).to.equal(5);
    expect(after(-2.5, [{ op: 'truncate' }])).to.equal(-2);
  });

  it('says nothing after a step that makes much of an error before it', () => {
    const half: Step = { op: 'multiply', operand: 'uniform', swapped: false };
    const after = (value: number, last: Step, tolerance?: number) =>
      afterSteps(value, [half, last], () => 0.5, tolerance);
    const touchy: Step[] = [
      { op: 'floor' },
      { op: 'round' },
      { op: 'equal', operand: 'channel', swapped: false },
      { op: 'notEqual', operand: 'channel', swapped: true },
      { op: 'less', operand: 'channel', swapped: false },
      { op: 'mod', operand: 'channel', swapped: false },
    ];
    for (const last of touchy) {
      const value = last.op === 'round' ? 3 : 2;
      for (const off of [0, 2 ** -14, -(2 ** -14)]) {
        expect(after(value + off, last, 2 ** -12), `${last.op} of ${off}`).to.equal(null);
        expect(after(value + off, last), last.op).to.have.length(3);
      }
      expect(after(value + 0.7, last, 2 ** -12), last.op).to.have.length(3);
      expect(
        afterSteps(value, [last], () => 0, 2 ** -12),
        last.op,
      ).to.have.length(2);
    }
    expect(after(2, { op: 'tanh' }, 2 ** -12)).to.have.length(3);
  });
});
