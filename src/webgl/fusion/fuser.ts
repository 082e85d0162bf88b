/**
 * Deferral of results: which steps fuse into which program, and how pending work is drawn when its
 * values are needed. deferred.ts keeps the pending work.
 */
import { type DataId, type DataType, engine, type TensorInfo } from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../../../kernels/errors.js';
import type { ProgramSpec, SteppedSpec } from '../../../kernels/webgl/programs/index.js';
import {
  broadcastsOf,
  inputsOfStep,
  operandTile,
  resultType,
  type Step,
  stepName,
  stepOperands,
  withBroadcasts,
  withPosition,
} from '../../../kernels/webgl/programs/steps.js';
import {
  type Call,
  type Origin,
  type Output,
  type Pass,
  type StepOperand,
  type TileRunner,
  texturesOf,
  type UniformValue,
} from '../../../kernels/webgl/runner.js';
import type { Frames } from '../frame.js';
import type { Deferred } from './deferred.js';
import {
  type AppliedStep,
  callsOf,
  extendedSpec,
  extendedWork,
  kernelNames,
  leadsTo,
  passOf,
  readingSpec,
  type Work,
  workOf,
} from './work.js';

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

type StepParameters = Readonly<Record<string, UniformValue>>;

export class Fuser {
  constructor(
    private readonly drawer: Drawer,
    private readonly deferred: Deferred,
    private readonly frames: Frames,
  ) {}

  /** Implements TileRunner.defer. */
  defer(pass: Pass & { spec: SteppedSpec }, output: Output, origin: Origin): TensorInfo {
    if (!this.mayDefer() || this.drawer.isRefused(pass.spec)) {
      this.drawer.selfTest(origin, pass);
      const result = this.drawer.runPasses([pass], output);
      this.drawer.count(origin);
      return result;
    }
    const { call } = this.frames.current;
    const root = { ...pass, output, call, origin, reads: null, drawn: null };
    return this.makePending(workOf(root), output.shape, output.dtype);
  }

  /** Implements TileRunner.isPending. */
  isPending(dataId: DataId): boolean {
    return this.mayDefer() && this.deferred.fusable(dataId) !== undefined;
  }

  /** Implements TileRunner.apply. */
  apply(
    x: TensorInfo,
    step: Step,
    operands: readonly StepOperand[],
    parameters: StepParameters,
  ): TensorInfo | null {
    const fused = this.isPending(x.dataId) ? this.fusedWith(x, step, operands, parameters) : null;
    const work = fused ?? this.extended(this.reading(x), x, step, operands, parameters);
    if (work === null) return null;
    const { shape } = x;
    const dtype = resultType(step);
    if (this.mayDefer()) return this.makePending(work, shape, dtype);
    return this.drawer.runPasses([passOf(work)], { ...work.root.output, shape, dtype });
  }

  /** Implements TileRunner.undeferred. */
  undeferred<T>(body: () => T): T {
    return this.frames.within({ isUndeferred: true }, body);
  }

  /**
   * True if results may be deferred. While gradients are computed, deferral gains nothing, because
   * the gradient of a step needs the value before it.
   */
  private mayDefer(): boolean {
    const { call, isUndeferred } = this.frames.current;
    return call !== null && !isUndeferred && engine().state.gradientDepth === 0;
  }

  /** Makes a tensor for pending work. */
  private makePending(
    work: Work,
    shape: readonly number[],
    dtype: DataType = 'float32',
  ): TensorInfo {
    const info = this.drawer.makeTensorInfo([...shape], dtype);
    this.deferred.add(info.dataId, work);
    return info;
  }

  /** Returns work that only reads a tensor in tile layout. */
  private reading(x: TensorInfo): Work {
    const placement = this.drawer.placementOfAnyType(x);
    if (placement === null)
      throw new NeedsFallback('the pending result was computed on the CPU instead');
    const { layout, format } = placement;
    const operands = { x: this.drawer.tiles(x, layout, format, layout.tile) };
    const output = { shape: x.shape, layout, format };
    const spec = readingSpec(layout.tile);
    const root = { spec, operands, uniforms: {}, output, call: null, reads: x.dataId };
    return workOf({ ...root, origin: null, drawn: null });
  }

  /**
   * Fuses the step into pending work; returns null if that is impossible. Operands that the program
   * computes on the way, as in x * sigmoid(x), are values before earlier steps.
   */
  private fusedWith(
    x: TensorInfo,
    step: Step,
    operands: readonly StepOperand[],
    parameters: StepParameters,
  ): Work | null {
    const work = this.deferred.get(x.dataId) as Work;
    const later = operands.findIndex(({ tensor, broadcast }) => {
      const other = broadcast === 'same' ? this.deferred.get(tensor.dataId) : undefined;
      return other !== undefined && other !== work && leadsTo(work, other);
    });
    if (later >= 0) {
      const { tensor } = operands[later];
      const inputs = inputsOfStep<StepOperand | null>(step, null, operands);
      const position = inputs.indexOf(operands[later]);
      inputs[inputs.indexOf(null)] = this.sameOperand(x);
      const others = inputs.filter((_, i) => i !== position) as StepOperand[];
      return this.fusedWith(tensor, withPosition(step, position), others, parameters);
    }
    const earlier = operands.map(({ tensor, broadcast }) =>
      broadcast === 'same' ? this.stepsBefore(tensor, work) : null,
    );
    const broadcasts = broadcastsOf(step).map((broadcast, i) => earlier[i] ?? broadcast);
    const others = operands.filter((_, i) => earlier[i] === null);
    return this.extended(work, x, withBroadcasts(step, broadcasts), others, parameters);
  }

  /** Returns the number of steps after which the work has the value of x; null if it never has. */
  private stepsBefore({ dataId }: TensorInfo, work: Work): number | null {
    if (dataId === work.root.reads) return 0;
    const other = this.deferred.get(dataId);
    return other !== undefined && leadsTo(other, work) ? other.spec.steps.length : null;
  }

  private sameOperand(x: TensorInfo): StepOperand {
    return { tensor: x, broadcast: 'same', tiles: () => this.reading(x).root.operands.x };
  }

  /**
   * Returns the work with one more step; null if that would read too many textures or is known not
   * to compile, or if the work is no longer pending.
   */
  private extended(
    work: Work,
    x: TensorInfo,
    step: Step,
    operands: readonly StepOperand[],
    parameters: StepParameters,
  ): Work | null {
    const index = work.spec.steps.length;
    const { tile } = work.root.output.layout;
    const { limits } = this.drawer;
    const more = operands.map(({ broadcast }) => texturesOf(operandTile(broadcast, tile), limits));
    const textures = work.textures + more.reduce((a, b) => a + b, 0);
    if (textures > limits.maxSamplers) return null;
    if (this.drawer.isRefused(extendedSpec(work.spec, step))) return null;
    const parts = stepOperands(step);
    const wasPending = this.deferred.get(x.dataId) === work;
    const named = operands.map((operand, i) => [stepName(index, parts[i].part), operand.tiles()]);
    // Converting an operand to tiles may have drawn this work, and freed what it reads.
    if (wasPending && this.deferred.get(x.dataId) !== work) return null;
    const applied: AppliedStep = {
      step,
      operands: Object.fromEntries(named),
      uniforms: Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [stepName(index, name), value]),
      ),
      call: this.frames.current.call as Call,
      before: x.dataId,
    };
    this.deferred.noteFused(work);
    return extendedWork(work, applied);
  }

  /** Draws the pending work under this id, if there is any. */
  flush(dataId: DataId): void {
    const work = this.deferred.take(dataId);
    if (work === undefined) return;
    this.deferred.noteDrawn(work);
    try {
      this.drawer.computing(dataId, () => this.drawWork(dataId, work));
    } catch (error) {
      this.deferred.putBack(dataId, work);
      throw error;
    }
    this.deferred.release(work);
  }

  /** Draws the values of a tensor from its work. */
  drawWork(dataId: DataId, work: Work): void {
    const { origin, output } = work.root;
    try {
      const pass = passOf(work);
      if (origin !== null) this.drawer.selfTest(origin, pass);
      this.drawer.drawInto(dataId, pass, output);
      if (origin !== null) this.drawer.count(origin);
      if (work.steps.length > 0) this.drawer.countFused(work);
    } catch (error) {
      if (!(error instanceof NeedsFallback)) throw error;
      this.recover(dataId, work, error.message);
    }
  }

  /** Computes kernel by kernel the work that could not be drawn in one program. */
  private recover(dataId: DataId, work: Work, reason: string): void {
    const { root, steps } = work;
    const calls = callsOf(work);
    const made: TensorInfo[] = [];
    const values = new Map<DataId, TensorInfo>();
    const replace = (x: TensorInfo) => ({ ...x, dataId: values.get(x.dataId)?.dataId ?? x.dataId });
    if (steps.length > 0) {
      this.drawer.stepDown(kernelNames(work), 'one program', 'one for each', reason);
    }
    for (const { inputs } of calls)
      for (const { dataId } of inputs) this.drawer.assertUnchanged(dataId);
    this.undeferred(() => {
      if (root.call !== null) made.push(root.call.again(replace));
      for (const { call, before } of steps) {
        const value = made.at(-1);
        if (value !== undefined) values.set(before, value);
        made.push(call.again(replace));
      }
    });
    this.drawer.copyValues((made.at(-1) as TensorInfo).dataId, dataId);
    for (const info of made) this.drawer.disposeIntermediateTensorInfo(info);
  }
}
