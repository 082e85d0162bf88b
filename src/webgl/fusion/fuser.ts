/**
 * Deferral of results: which steps fuse into which program, and how pending work is drawn when its
 * values are needed. deferred.ts keeps the pending work.
 */
import { type DataId, type DataType, engine, type TensorInfo } from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../../../kernels/errors.js';
import { samePlacement } from '../../../kernels/webgl/layout/tile.js';
import type { SteppedSpec } from '../../../kernels/webgl/programs/index.js';
import { settledPlacement } from '../../../kernels/webgl/programs/movePlacement.js';
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
  type Arrangement,
  type Call,
  type Origin,
  type Output,
  type Pass,
  type Placement,
  type Rearrangement,
  type StepOperand,
  texturesOf,
  type UniformValue,
} from '../../../kernels/webgl/runner.js';
import type { Frames } from '../frame.js';
import { type Deferred, MOST_STEPS } from './deferred.js';
import type { Drawer } from './drawer.js';
import {
  type AppliedStep,
  branchedWork,
  callsOf,
  extendedSpec,
  extendedWork,
  kernelNames,
  leadsTo,
  moveOf,
  passOf,
  type Root,
  readingSpec,
  sharedSteps,
  type Work,
  workOf,
} from './work.js';

type StepParameters = Readonly<Record<string, UniformValue>>;

/** Returns the data that an arrangement has its values from. */
function arrangedBy(arrangement: Arrangement): DataId[] {
  const tensors = arrangement.kind === 'padded' ? [arrangement.x] : arrangement.inputs;
  return tensors.map(({ dataId }) => dataId);
}

/** A step with its operands and the values of its uniforms. */
interface GivenStep {
  readonly step: Step;
  readonly operands: readonly StepOperand[];
  readonly parameters: StepParameters;
  /** Tensors that the work at hand has the values of, with the number of steps before each. */
  readonly known: ReadonlyMap<DataId, number>;
}

/** True if one program can compute the values of both, with one more step. */
function canBranch(a: Work, b: Work): boolean {
  const steps = a.steps.length + b.steps.length - sharedSteps(a.steps, b.steps);
  return a.root === b.root && steps < MOST_STEPS;
}

/** Returns the operands of the step that has its operand at `index` for its value, and x for an operand. */
function operandsWith({ step, operands }: GivenStep, index: number, x: TensorInfo): StepOperand[] {
  const tiles = () => {
    throw new Error('the value is computed in the same program');
  };
  const own: StepOperand = { tensor: x, broadcast: 'same', tiles };
  const inputs = inputsOfStep(step, own, operands);
  return inputs.filter((input) => input !== operands[index]);
}

export class Fuser {
  /** Work that reads a tensor, by its data. */
  private readonly readers = new WeakMap<DataId, Work>();

  constructor(
    private readonly drawer: Drawer,
    private readonly deferred: Deferred,
    private readonly frames: Frames,
  ) {}

  /** Implements TileRunner.defer. */
  defer(pass: Pass & { spec: SteppedSpec }, output: Output, origin: Origin): TensorInfo {
    if (!this.mayDeferProgram(pass.spec)) {
      this.drawer.selfTest(origin, pass);
      const result = this.drawer.runPasses([pass], output);
      this.drawer.count(origin);
      return result;
    }
    const { call } = this.frames.current;
    // The program may read what an input arranges.
    const reads = (call?.inputs ?? []).flatMap(({ dataId }) => {
      const arranges = this.deferred.get(dataId)?.root.arranges ?? null;
      return arranges === null ? [] : arrangedBy(arranges);
    });
    const work = workOf({ ...pass, output, call, origin, reads });
    return this.makePending(work, output.shape, output.dtype);
  }

  /** Implements TileRunner.deferOther. */
  deferOther(
    pass: Pass & { spec: SteppedSpec },
    output: Output,
    read: readonly TensorInfo[],
  ): TensorInfo {
    return this.deferOrDraw(pass, output, { reads: read.map(({ dataId }) => dataId) });
  }

  /** Implements TileRunner.deferMove. */
  deferMove(moved: Rearrangement, output: Output, call = this.frames.current.call): TensorInfo {
    const { x, from } = moved;
    const operands = { x: this.drawer.tiles(x, from.layout, from.format, from.layout.tile) };
    const pass = { ...moveOf(moved, output), operands };
    if (!this.mayDeferProgram(pass.spec)) return this.drawer.runPasses([pass], output);
    // A rearrangement of an input that is not drawn reads what that one rearranges.
    for (const { dataId } of call?.inputs ?? []) {
      const work = this.deferred.get(dataId);
      if (work !== undefined && work.root.moved?.x.dataId === x.dataId) {
        this.deferred.noteFused(work);
      }
    }
    return this.makePending(workOf({ ...pass, call, reads: [x.dataId], moved }), output.shape);
  }

  /** Implements TileRunner.rearranged. */
  rearranged(dataId: DataId): Rearrangement | null {
    const work = this.mayDefer() ? this.deferred.get(dataId) : undefined;
    return work === undefined || work.steps.length > 0 ? null : work.root.moved;
  }

  /**
   * Returns the placement in which x will be drawn; null if x is not pending. A rearrangement will be
   * drawn in the given placement, or in one that suits the shape of x.
   */
  settle(x: TensorInfo, placement?: Placement): Placement | null {
    const work = this.deferred.get(x.dataId);
    if (work === undefined) return null;
    const { moved, output } = work.root;
    if (moved === null || work.steps.length > 0) return output;
    const to = placement ?? settledPlacement(x.shape, moved, output, this.drawer.limits);
    if (samePlacement(to, output)) return output;
    const other = moveOf(moved, { shape: x.shape, layout: to.layout, format: to.format });
    if (this.drawer.isRefused(other.spec)) return output;
    this.deferred.replace(x.dataId, workOf({ ...work.root, ...other }));
    return to;
  }

  /** Implements TileRunner.deferArranged. */
  deferArranged(
    pass: Pass & { spec: SteppedSpec },
    output: Output,
    arranges: Arrangement,
  ): TensorInfo {
    return this.deferOrDraw(pass, output, { reads: arrangedBy(arranges), arranges });
  }

  /** Implements TileRunner.arrangementOf. */
  arrangementOf<K extends Arrangement['kind']>(
    dataId: DataId,
    kind: K,
  ): Extract<Arrangement, { kind: K }> | null {
    const work = this.deferred.get(dataId);
    if (work === undefined || work.steps.length > 0) return null;
    const { arranges } = work.root;
    if (arranges?.kind !== kind) return null;
    this.deferred.noteFused(work);
    return arranges as Extract<Arrangement, { kind: K }>;
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
    const pending = this.isPending(x.dataId) ? this.deferred.get(x.dataId) : undefined;
    const given = { step, operands, parameters, known: new Map() };
    const fused = pending === undefined ? null : this.fusedWith(pending, [x], given);
    const work = fused ?? this.fusedWith(this.reading(x), [x], given);
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

  /** True if results of this program may be deferred: it is not known to fail. */
  private mayDeferProgram(spec: SteppedSpec): boolean {
    return this.mayDefer() && !this.drawer.isRefused(spec);
  }

  /** Defers a program that computes no convolution, or draws it where results are not deferred. */
  private deferOrDraw(
    pass: Pass & { spec: SteppedSpec },
    output: Output,
    more: Pick<Root, 'reads'> & Partial<Pick<Root, 'arranges'>>,
  ): TensorInfo {
    if (!this.mayDeferProgram(pass.spec)) return this.drawer.runPasses([pass], output);
    const { call } = this.frames.current;
    return this.makePending(workOf({ ...pass, output, call, ...more }), output.shape);
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

  /** Returns work that only reads a tensor in tile layout; all work on the same planes has one root. */
  private reading(x: TensorInfo): Work {
    const placement = this.drawer.placementOfAnyType(x);
    if (placement === null)
      throw new NeedsFallback('the pending result was computed on the CPU instead');
    const { layout, format, reducedFrom } = placement;
    const operand = this.drawer.tiles(x, layout, format, layout.tile);
    const known = this.readers.get(x.dataId);
    if (known !== undefined && known.root.operands.x === operand) return known;
    const output = { shape: x.shape, layout, format, reducedFrom };
    const spec = readingSpec(layout.tile);
    const reads = [x.dataId];
    const work = workOf({ spec, operands: { x: operand }, uniforms: {}, output, reads });
    this.readers.set(x.dataId, work);
    return work;
  }

  /**
   * Fuses the step into work that computes its value; returns null if that is impossible. Operands that
   * the program computes on the way, as in x * sigmoid(x), are values before earlier steps. An operand
   * that is computed from the same values by other steps, as in relu(x) - relu(-x), becomes a branch.
   * @param from the tensors whose pending work this is, if it is pending; the step's value is the first
   */
  private fusedWith(work: Work, from: readonly TensorInfo[], given: GivenStep): Work | null {
    const [x] = from;
    const { step, operands, parameters, known } = given;
    for (const [i, { tensor, broadcast }] of operands.entries()) {
      const other = broadcast === 'same' && this.mayDefer() && this.deferred.get(tensor.dataId);
      if (!other || known.has(tensor.dataId) || leadsTo(other, work)) continue;
      const isLater = leadsTo(work, other);
      if (!isLater && !canBranch(work, other)) continue;
      const whole = isLater ? other : branchedWork(work, other, x.dataId);
      if (whole.textures > this.drawer.limits.maxSamplers) continue;
      return this.fusedWith(whole, [tensor, ...(isLater ? [] : from)], {
        step: withPosition(step, inputsOfStep(step, -1, [...operands.keys()]).indexOf(i)),
        operands: operandsWith(given, i, x),
        parameters,
        known: new Map([...known, [x.dataId, work.spec.steps.length]]),
      });
    }
    const earlier = operands.map(({ tensor, broadcast }) =>
      broadcast === 'same' ? (known.get(tensor.dataId) ?? this.stepsBefore(tensor, work)) : null,
    );
    const broadcasts = broadcastsOf(step).map((broadcast, i) => earlier[i] ?? broadcast);
    return this.extended(work, from, {
      step: withBroadcasts(step, broadcasts),
      operands: operands.filter((_, i) => earlier[i] === null),
      parameters,
    });
  }

  /** Returns the number of steps after which the work has the value of x; null if it never has. */
  private stepsBefore({ dataId }: TensorInfo, work: Work): number | null {
    if (work.root.call === null && work.root.reads.includes(dataId)) return 0;
    const other = this.deferred.get(dataId);
    return other !== undefined && leadsTo(other, work) ? other.spec.steps.length : null;
  }

  /**
   * Returns the work with one more step; null if that would read too many textures or is known not
   * to compile, or if the work is no longer pending.
   */
  private extended(
    work: Work,
    from: readonly TensorInfo[],
    { step, operands, parameters }: Omit<GivenStep, 'known'>,
  ): Work | null {
    const index = work.spec.steps.length;
    const { tile } = work.root.output.layout;
    const { limits } = this.drawer;
    const more = operands.map(({ broadcast }) => texturesOf(operandTile(broadcast, tile), limits));
    const textures = work.textures + more.reduce((a, b) => a + b, 0);
    if (textures > limits.maxSamplers) return null;
    if (this.drawer.isRefused(extendedSpec(work.spec, step))) return null;
    const parts = stepOperands(step);
    const sources = from.map(({ dataId }) => this.deferred.get(dataId));
    const named = operands.map((operand, i) => [stepName(index, parts[i].part), operand.tiles()]);
    // Converting an operand to tiles may have drawn this work, and freed what it reads.
    if (from.some(({ dataId }, i) => this.deferred.get(dataId) !== sources[i])) return null;
    const applied: AppliedStep = {
      step,
      operands: Object.fromEntries(named),
      uniforms: Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [stepName(index, name), value]),
      ),
      call: this.frames.current.call as Call,
      before: from[0].dataId,
      reads: operands.map(({ tensor }) => tensor.dataId),
    };
    for (const source of sources) if (source !== undefined) this.deferred.noteFused(source);
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
