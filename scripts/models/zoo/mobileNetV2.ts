/** The body of MobileNetV2 (Sandler et al. 2018), which heads of other nets stand on. */
import { chain, conv, depthwise, type Layer, residual } from './parts.js';
import { BRANCH, GAIN, type Weights } from './weights.js';

/** One inverted residual block. */
export interface Block {
  /** Expands the channels; the result has stride 1. */
  readonly expand: Layer;
  /** All of the block after `expand`. */
  readonly project: Layer;
  /** The whole block. */
  readonly whole: Layer;
  /** Channels of its result. */
  readonly channels: number;
  /** Channels between `expand` and `project`. */
  readonly expanded: number;
}

/** Rows of the paper's table: expansion, channels, blocks, stride of the first block. */
export const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Makes the depthwise convolution of a block in place of the usual one; null for the usual one. */
export type Replace = (block: number, channels: number) => Layer | null;

export interface Body {
  readonly stem: Layer;
  readonly blocks: readonly Block[];
}

export function mobileNetV2(w: Weights, replace: Replace = () => null): Body {
  const stem = conv(w, 3, 32, { size: 3, stride: 2, activation: 'relu6', gain: GAIN.linear });
  const blocks: Block[] = [];
  let from = 32;
  for (const [ratio, channels, count, stageStride] of stages) {
    for (let i = 0; i < count; i++) {
      const stride = i === 0 ? stageStride : 1;
      const expanded = ratio * from;
      const isResidual = stride === 1 && from === channels;
      const expand: Layer =
        ratio === 1
          ? (x) => x
          : conv(w, from, expanded, { activation: 'relu6', gain: GAIN.linear });
      const middle =
        replace(blocks.length, expanded) ?? depthwise(w, expanded, { stride, activation: 'relu6' });
      const narrow = conv(w, expanded, channels, { gain: GAIN.relu * (isResidual ? BRANCH : 1) });
      const project = chain(middle, narrow);
      const block = chain(expand, project);
      const whole = isResidual ? residual(block) : block;
      blocks.push({ expand, project, whole, channels, expanded });
      from = channels;
    }
  }
  return { stem, blocks };
}
