/** Interface of the engine to the fuser, which decides when pending work is drawn. */
import type { DataId } from '@tensorflow/tfjs-core';
import type { ProgramSpec } from '../../../kernels/webgl/programs/index.js';
import type { Origin, Output, Pass, TileRunner } from '../../../kernels/webgl/runner.js';
import type { Work } from './work.js';

/** The part of the engine that draws pending work. */
export interface Drawer
  extends Pick<
    TileRunner,
    | 'limits'
    | 'placementOfAnyType'
    | 'tiles'
    | 'runPasses'
    | 'stepDown'
    | 'makeTensorInfo'
    | 'disposeIntermediateTensorInfo'
  > {
  /**
   * Draws the values of a tensor that has none.
   * @throws NeedsFallback if the program does not compile or cannot be drawn here
   */
  drawInto(dataId: DataId, pass: Pass, output: Output): void;
  /** Copies the values of one tensor to another, on the CPU. */
  copyValues(from: DataId, to: DataId): void;
  /**
   * Runs the known-answer test of a variant's program before its first draw.
   * @throws NeedsFallback if the program computes wrongly
   */
  selfTest(origin: Origin, pass: Pass): void;
  /**
   * Runs `body`, which draws this data. It draws even while programs are only compiled, unless the
   * data is a placeholder.
   */
  computing(dataId: DataId, body: () => void): void;
  /** @throws Error if values on the CPU have changed since they went to the GPU */
  assertUnchanged(dataId: DataId): void;
  /** True if the program is known not to compile. */
  isRefused(spec: ProgramSpec): boolean;
  /** Counts a result for tiledInfo(). */
  count(origin: Origin): void;
  /** Counts a draw of several kernels in one program, for explain(). */
  countFused(work: Work): void;
}
