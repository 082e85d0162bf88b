/** Work to be drawn, as plain data: a program, and the element-wise steps fused into it. */
import type { DataId } from '@tensorflow/tfjs-core';
import { type Tile, tileName } from '../../../kernels/webgl/layout/tile.js';
import type { SteppedSpec } from '../../../kernels/webgl/programs/index.js';
import { moveUniforms } from '../../../kernels/webgl/programs/move.js';
import { movePlan } from '../../../kernels/webgl/programs/movePlan.js';
import {
  broadcastsOf,
  type Step,
  stepName,
  withBroadcasts,
} from '../../../kernels/webgl/programs/steps.js';
import type {
  Arrangement,
  Call,
  Operand,
  Origin,
  Output,
  Pass,
  Rearrangement,
  UniformValue,
} from '../../../kernels/webgl/runner.js';

/** The computation of a program before any step was fused into it. */
export interface Root {
  readonly spec: SteppedSpec;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
  readonly output: Output;
  /** The kernel call; null if the root only reads a tensor for its steps. */
  readonly call: Call | null;
  /** Origin of a convolution; null for other roots. */
  readonly origin: Origin | null;
  /** Data that it reads beside the inputs of its call, or in place of them. */
  readonly reads: readonly DataId[];
  /** Rearrangement that it computes, in any placement; null for other roots. */
  readonly moved: Rearrangement | null;
  /** The tensors that it arranges; null if it does anything else. */
  readonly arranges: Arrangement | null;
  /** The steps with which the root was last drawn; null before its first draw. */
  drawn: readonly AppliedStep[] | null;
}

export interface AppliedStep {
  readonly step: Step;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
  readonly call: Call;
  /** The tensor that has the value computed before it: the one that it was applied to, unless it begins a branch. */
  readonly before: DataId;
  /** Data of its operands in textures. */
  readonly reads: readonly DataId[];
}

export interface Work {
  readonly root: Root;
  readonly steps: readonly AppliedStep[];
  /** The root's program with the steps. */
  readonly spec: SteppedSpec;
  /** Number of textures that the program reads. */
  readonly textures: number;
}

/** Returns the program of a rearrangement into the placement of its output, and its uniforms. */
export function moveOf({ from, move }: Rearrangement, output: Output) {
  const plan = movePlan(from, output, move);
  return { spec: plan.spec, uniforms: moveUniforms(plan), output };
}

/** Fields of a root that only reads a tensor for its steps. */
const bare = {
  call: null,
  origin: null,
  reads: [],
  moved: null,
  arranges: null,
  drawn: null,
} satisfies Partial<Root>;

/** Returns the work of a program and what else of a root is given. */
export function workOf(given: Omit<Root, keyof typeof bare> & Partial<Root>): Work {
  const root = { ...bare, ...given };
  return { root, steps: [], spec: root.spec, textures: textureCount(root.operands) };
}

export function extendedWork({ root, steps, spec, textures }: Work, applied: AppliedStep): Work {
  return {
    root,
    steps: [...steps, applied],
    spec: extendedSpec(spec, applied.step),
    textures: textures + textureCount(applied.operands),
  };
}

function textureCount(operands: Readonly<Record<string, Operand>>): number {
  return Object.values(operands).reduce((sum, { textures }) => sum + textures.length, 0);
}

/**
 * Returns the work of `a` with the steps that `b`, of the same root, does not share with it, as a branch
 * after them. Its last value is that of `b`.
 * @param last the tensor of `a`
 */
export function branchedWork(a: Work, b: Work, last: DataId): Work {
  const shared = sharedSteps(a.steps, b.steps);
  const start = b.spec.steps.length - b.steps.length + shared;
  const shift = a.steps.length - shared;
  const moved = (value: number) => (value > start ? value + shift : value);
  return b.steps.slice(shared).reduce((work, { step, before, ...applied }, i) => {
    const index = start + i;
    const rename = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          stepName(index + shift, name.slice(stepName(index).length)),
          value,
        ]),
      );
    const isFirst = i === 0;
    const broadcasts = broadcastsOf(step).map((kind) =>
      typeof kind === 'number' ? moved(kind) : kind,
    );
    const of = step.of ?? (isFirst ? start : undefined);
    const at = of === undefined ? {} : { of: moved(of) };
    return extendedWork(work, {
      ...applied,
      step: { ...withBroadcasts(step, broadcasts), ...at },
      operands: rename(applied.operands),
      uniforms: rename(applied.uniforms),
      before: isFirst ? last : before,
    });
  }, a);
}

export function passOf({ root, steps, spec }: Work): Pass {
  return {
    spec,
    operands: Object.assign({}, root.operands, ...steps.map(({ operands }) => operands)),
    uniforms: Object.assign({}, root.uniforms, ...steps.map(({ uniforms }) => uniforms)),
  };
}

/** True if `shorter` is an intermediate value of `longer`. */
export function leadsTo(shorter: Work, longer: Work): boolean {
  return (
    shorter.root === longer.root &&
    sharedSteps(shorter.steps, longer.steps) === shorter.steps.length
  );
}

/** Returns the number of first steps that two pieces of work from one root share. */
export function sharedSteps(a: readonly AppliedStep[], b: readonly AppliedStep[]): number {
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  return shared;
}

/** Returns the data that must live until the work is drawn, without its intermediate values. */
export function inputsOf(work: Work): ReadonlySet<DataId> {
  let inputs = knownInputs.get(work);
  if (inputs === undefined) {
    inputs = findInputs(work);
    knownInputs.set(work, inputs);
  }
  return inputs;
}

const knownInputs = new WeakMap<Work, ReadonlySet<DataId>>();

function findInputs({ root, steps }: Work): ReadonlySet<DataId> {
  const inputs = new Set<DataId>();
  for (const { dataId } of root.call?.inputs ?? []) inputs.add(dataId);
  for (const { call } of steps) for (const { dataId } of call.inputs) inputs.add(dataId);
  for (const { before } of steps) inputs.delete(before);
  // A kernel may read a tensor that it has made of an input, and disposes of it at once.
  for (const { reads } of steps) for (const dataId of reads) inputs.add(dataId);
  for (const dataId of root.reads) inputs.add(dataId);
  return inputs;
}

/** Returns the kernel calls whose results one program computes, in order. */
export function callsOf({ root, steps }: Work): Call[] {
  const calls = steps.map(({ call }) => call);
  return root.call === null ? calls : [root.call, ...calls];
}

/** Returns the names of the kernels that the work computes, such as 'Conv2D + Relu'. */
export function kernelNames(work: Work): string {
  return callsOf(work)
    .map(({ kernelName }) => kernelName)
    .join(' + ');
}

// Equal extensions of a spec return the same object, so that its program is found by identity.
const extensions = new WeakMap<SteppedSpec, Map<string, SteppedSpec>>();

export function extendedSpec(spec: SteppedSpec, step: Step): SteppedSpec {
  let known = extensions.get(spec);
  if (known === undefined) {
    known = new Map();
    extensions.set(spec, known);
  }
  const key = JSON.stringify(step);
  let extended = known.get(key);
  if (extended === undefined) {
    extended = { ...spec, steps: [...spec.steps, { ...step, joined: true }] };
    known.set(key, extended);
  }
  return extended;
}

const readers = new Map<string, SteppedSpec>();

/** Returns the spec of a program that reads planes of this tile, for steps to fuse into. */
export function readingSpec(tile: Tile): SteppedSpec {
  const name = tileName(tile);
  const known = readers.get(name);
  if (known !== undefined) return known;
  const spec: SteppedSpec = { family: 'elementwise', tile, steps: [] };
  readers.set(name, spec);
  return spec;
}
