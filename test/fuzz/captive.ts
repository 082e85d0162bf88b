/** The function of a fuzz case that is captured: its weights, and inputs for it. */
import * as tf from '@tensorflow/tfjs-core';
import type { StoredPrecision } from '../../src/validator/index.js';
import type { Runnable } from './attempt.js';
import { chainOf, inputOf, type Stage } from './chain.js';
import type { FuzzCase } from './fuzzCase.js';
import { wildCall } from './wildCall.js';

type Tensors = Record<string, tf.Tensor | undefined>;

/** A stage whose truth is known, or a wild call. */
type Part = Runnable['stages'][number] & Partial<Pick<Stage, 'truth'>>;

/** Parts of a case with weights and an input of these seeds. */
function partsOf(
  c: FuzzCase,
  known: StoredPrecision | null,
  seed: number,
  inputSeed: number,
): readonly Part[] {
  const seeded = { ...c, conv: { ...c.conv, seed } };
  if (known !== null) return chainOf(seeded, known, inputSeed).stages;
  const { hold, run } = wildCall(seeded.conv, c.wild ?? {}, inputSeed);
  return [{ hold, run: (_y, held) => run(held) }];
}

/** Sources of inputs, so that they are on the CPU, or where a kernel leaves them. */
const sources: readonly FuzzCase['conv']['from'][] = [undefined, 'gpu', 'reshape', 'slice'];

export class Captive {
  /** Seed of the weights of each part. */
  private readonly seeds: number[];
  /** Parts with the weights of now. */
  private readonly parts: Part[];
  private readonly held: Tensors[] = [];
  /** Values of variables before others were assigned. */
  private readonly clones: tf.Tensor[] = [];
  private readonly input: 'x' | 'dy';
  private source: number;

  /**
   * @param known precision of the backend if the oracle knows the chain, else null
   * @param keeps true if all results are outputs
   * @param areVariables true if weights are variables, which can be assigned to
   */
  constructor(
    private readonly c: FuzzCase,
    private readonly known: StoredPrecision | null,
    private readonly keeps: boolean,
    private readonly areVariables: boolean,
  ) {
    const { conv } = c;
    this.input = inputOf(conv);
    this.source = sources.indexOf(conv.from);
    this.parts = [...partsOf(c, known, conv.seed, conv.seed)];
    this.seeds = this.parts.map(() => conv.seed);
  }

  /** Makes all weights, again if they are there. */
  hold(): void {
    this.dispose();
    for (const i of this.seeds.keys()) this.held[i] = this.weightsOf(i);
  }

  dispose(): void {
    tf.dispose(this.clones.splice(0));
    for (const held of this.held.splice(0)) tf.dispose({ ...held } as tf.TensorContainerObject);
  }

  readonly predict = (x: tf.Tensor): tf.Tensor[] =>
    tf.tidy(() => {
      const all: tf.Tensor[] = [];
      for (const [i, part] of this.parts.entries()) {
        const given = i === 0 ? { [this.input]: x } : {};
        all.push(part.run(all[i - 1] ?? null, { ...this.held[i], ...given }));
      }
      return this.keeps ? all : all.slice(-1);
    });

  /** Makes the input with this seed. */
  inputOf(seed: number): tf.Tensor {
    const from = sources[this.source];
    const c = { ...this.c, conv: { ...this.c.conv, from } };
    const [first] = partsOf(c, this.known, c.conv.seed, seed);
    return tf.tidy(() => (first.hold() as Tensors)[this.input] as tf.Tensor);
  }

  /** Makes inputs come from elsewhere from now on. */
  moveInputs(): void {
    this.source = (this.source + 1) % sources.length;
  }

  /** Disposes of the weights of a part, and makes them anew with other values. */
  reweigh(stage: number): void {
    const i = this.change(stage);
    tf.dispose({ ...this.held[i] } as tf.TensorContainerObject);
    this.held[i] = this.weightsOf(i);
  }

  /**
   * Assigns other values to the weights of a part, which are variables. For every second number of a
   * stage the values before are kept by clones, so that their data is not disposed of.
   */
  assign(stage: number): void {
    const i = this.change(stage);
    for (const [name, other] of Object.entries(this.constantsOf(i))) {
      const variable = this.held[i][name] as tf.Variable | undefined;
      if (variable !== undefined && stage % 2 === 1) this.clones.push(variable.clone());
      variable?.assign(other as tf.Tensor);
      other?.dispose();
    }
  }

  /** Stages that give the true result of each part for an input of this seed; null if unknown. */
  truths(seed: number): readonly Pick<Stage, 'truth'>[] | null {
    const [first] = partsOf(this.c, this.known, this.seeds[0], seed);
    const parts = [first, ...this.parts.slice(1)];
    return parts.every((part) => part.truth) ? (parts as Stage[]) : null;
  }

  /** True if values of weights may be nowhere but on the GPU. */
  get isComputed(): boolean {
    return this.c.conv.from !== undefined || this.c.wild?.dtypes !== undefined;
  }

  /** Changes the seed of a part's weights, and returns the part's index. */
  private change(stage: number): number {
    const { c, known, seeds, parts } = this;
    const i = stage % seeds.length;
    seeds[i]++;
    parts[i] = partsOf(c, known, seeds[i], c.conv.seed)[i];
    return i;
  }

  private constantsOf(i: number): Tensors {
    return tf.tidy(() => {
      const all = { ...this.parts[i].hold() } as Tensors;
      // The first part needs its input for gradients only.
      if (i === 0) delete all[this.input];
      return all as tf.TensorContainerObject;
    }) as unknown as Tensors;
  }

  private weightsOf(i: number): Tensors {
    const constants = this.constantsOf(i);
    if (!this.areVariables) return constants;
    return Object.fromEntries(
      Object.entries(constants).map(([name, constant]) => {
        const variable = constant && tf.variable(constant);
        constant?.dispose();
        return [name, variable];
      }),
    );
  }
}
