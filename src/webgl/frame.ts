/**
 * The frame: what the code that runs at this moment may do, and for whom. A frame is pushed where a
 * kernel, a transaction or a read begins, and popped where it ends, whether it fails or not. Nothing
 * else in the engine has a mode that callers set and must reset.
 */
import { env, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Call } from '../../kernels/webgl/runner.js';
import { noKernel } from '../engine/engineLog.js';

export interface Frame {
  /** The tfjs kernel that is running, under whose name conversions count; `noKernel` for none. */
  readonly kernel: string;
  /** True while a call uses the context, so that it must not be exchanged. */
  readonly usesContext: boolean;
  /** Undo functions of the innermost transaction, called if it fails; null outside of one. */
  readonly undo: (() => void)[] | null;
  /** The kernel call whose result may be deferred; null for none. */
  readonly call: Call | null;
  /** True while results are drawn at once even where they could be deferred. */
  readonly isUndeferred: boolean;
  /** True while a transaction runs again, after all memory was freed that can be. */
  readonly isLastTry: boolean;
  /** List to which a read adds the tensors that stock makes for it; null outside of a read. */
  readonly decoded: TensorInfo[] | null;
}

/** Fields of the current frame that a new one replaces. */
export interface FrameChanges extends Partial<Frame> {
  /**
   * True to compile programs and draw nothing; false to draw. This mode is a flag of stock's, because
   * stock's kernels read it too.
   */
  readonly compilesOnly?: boolean;
}

const COMPILE_ONLY = 'ENGINE_COMPILE_ONLY';

/** True while programs are compiled and nothing is drawn: in a frame, or because the flag was set. */
export const isCompiling = () => env().getBool(COMPILE_ONLY);

const outermost: Frame = {
  kernel: noKernel,
  usesContext: false,
  undo: null,
  call: null,
  isUndeferred: false,
  isLastTry: false,
  decoded: null,
};

/** The stack of frames of one backend. */
export class Frames {
  private top = outermost;

  get current(): Frame {
    return this.top;
  }

  /** Runs `body` in a frame that has these changes and is otherwise like the current one. */
  within<T>({ compilesOnly, ...changes }: FrameChanges, body: () => T): T {
    const outer = this.top;
    const wasCompiling = compilesOnly === undefined ? undefined : isCompiling();
    this.top = { ...outer, ...changes };
    if (wasCompiling !== compilesOnly) env().set(COMPILE_ONLY, compilesOnly as boolean);
    try {
      return body();
    } finally {
      this.top = outer;
      if (wasCompiling !== compilesOnly) env().set(COMPILE_ONLY, wasCompiling as boolean);
    }
  }
}
