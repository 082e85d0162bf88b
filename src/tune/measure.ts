/**
 * How long each plan of a convolution takes here: on synthetic input that already lies in the
 * tile that the plan reads, so that a kernel is timed alone; moves between tiles are timed beside.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { StepDown } from '../../kernels/errors.js';
import type { ConvShape } from '../../kernels/shape/convShape.js';
import { sizesKey } from '../../kernels/webgl/convKey.js';
import {
  extentOf,
  sameTile,
  type Tile,
  tileLayout,
  tileName,
} from '../../kernels/webgl/layout/tile.js';
import type { TileRunner } from '../../kernels/webgl/runner.js';
import { convPlans, type Plan } from '../../kernels/webgl/variants.js';
import type { SeenConv } from './order.js';

/** The tensors of a convolution that is run to be timed. */
export interface TrialOperands {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly slope?: TensorInfo;
  readonly alpha?: number;
}

/** What measuring needs of the engine. */
export interface Bench {
  readonly runner: TileRunner;
  /** Computes a convolution by one plan; throws StepDown where that does not work here. */
  compute(shape: ConvShape, plan: Plan, operands: TrialOperands): TensorInfo;
  /** Waits until everything drawn so far is done. */
  finish(): void;
  /** Frees tensors with their textures, which nobody will ask for again. */
  free(tensors: readonly TensorInfo[]): void;
  /** Lets others have their turn; throws where there is no use in going on. */
  pause(): Promise<void>;
  /** Samples of each plan. */
  readonly rounds: number;
}

/** Times of one plan, in ms. */
export interface PlanTime {
  readonly variant: string;
  readonly kernel: number;
  /** Bringing the input into the tile that the plan reads; 0 where it lies there. */
  readonly arrive: number;
  /** Bringing the output back into the tile of the input; 0 where it lies there. */
  readonly depart: number;
}

export interface Measured {
  readonly key: string;
  /** The variant that the estimate puts first. */
  readonly before: string;
  /** Times of the plans that work here; none where there is nothing to choose. */
  readonly plans: readonly PlanTime[];
}

/** A sample is repeated until it takes as long: the clock is coarse, and waiting costs time too. */
const SAMPLE_MS = 5;
const MAX_RUNS = 256;
/** A plan that takes longer than the fastest by this factor in the first round leaves. */
const HOPELESS = 2;

interface Trial {
  readonly id: string;
  /** Whether it competes with the others of its kind. */
  readonly rival: boolean;
  run(): TensorInfo;
}

/** Measures convolutions, no program twice at the same sizes. */
export function makeMeter(bench: Bench): (conv: SeenConv) => Promise<Measured> {
  const { runner } = bench;
  const times = new Map<string, number>();

  return async (conv) => {
    const { key, shape, fusion, resident } = conv;
    const all = convPlans(shape, fusion, runner.limits, resident);
    const before = all[0].variant;
    // The general variants are rungs of the ladder, never a choice.
    const plans = all.filter(({ cost }) => Number.isFinite(cost));
    if (plans.length < 2) return { key, before, plans: [] };

    const moves = (plan: Plan) => ({
      arrive: moved(resident, plan.inTile) ? moveId('in', shape, resident, plan.inTile) : null,
      depart: moved(plan.outTile, resident) ? moveId('out', shape, plan.outTile, resident) : null,
    });
    const trials: Trial[] = [];
    const add = (trial: Trial) => {
      if (!times.has(trial.id) && !trials.some(({ id }) => id === trial.id)) trials.push(trial);
    };
    const made: TensorInfo[] = [];
    const operands = lazily(() => makeOperands(runner, conv, made));
    const output = lazily(() => random(runner, shape.outShape, made));
    for (const plan of plans) {
      add({
        id: kernelId(conv, plan),
        rival: true,
        run: () => bench.compute(shape, plan, operands()),
      });
      const { arrive, depart } = moves(plan);
      if (arrive && resident) {
        const run = () => retile(runner, shape, operands().x, resident, plan.inTile);
        add({ id: arrive, rival: false, run });
      }
      if (depart && resident) {
        const run = () => retile(runner, shape, output(), plan.outTile, resident);
        add({ id: depart, rival: false, run });
      }
    }
    try {
      for (const [id, ms] of await timeAll(bench, trials, made)) times.set(id, ms);
    } finally {
      bench.free(made);
    }

    // What does not work has no time; it makes its plan endless, and endless plans are left out.
    const timeOf = (id: string | null) =>
      id === null ? 0 : (times.get(id) ?? Number.POSITIVE_INFINITY);
    return {
      key,
      before,
      plans: plans
        .map((plan) => {
          const { arrive, depart } = moves(plan);
          const kernel = timeOf(kernelId(conv, plan));
          return { variant: plan.variant, kernel, arrive: timeOf(arrive), depart: timeOf(depart) };
        })
        .filter(({ kernel, arrive, depart }) => Number.isFinite(kernel + arrive + depart)),
    };
  };
}

/** Whether a tensor of tile `from` has to be moved for `to`; where it lies in none, all plans pay alike. */
function moved(from: Tile | null, to: Tile | null): boolean {
  return from !== null && to !== null && !sameTile(from, to);
}

function kernelId({ shape, fusion }: SeenConv, { variant, inTile }: Plan): string {
  return `${sizesKey(shape, fusion)} ${variant} from ${tileName(inTile)}`;
}

function moveId(side: 'in' | 'out', shape: ConvShape, from: Tile | null, to: Tile | null): string {
  const tensor = side === 'in' ? shape.inShape : shape.outShape;
  return `${shape.dataFormat} ${tensor} ${from && tileName(from)} to ${to && tileName(to)}`;
}

/** Medians of interleaved samples, in ms a run. Trials that step down are left out. */
async function timeAll(
  bench: Bench,
  trials: readonly Trial[],
  made: TensorInfo[],
): Promise<Map<string, number>> {
  let runners: { trial: Trial; runs: number; time(runs: number): number; samples: number[] }[] = [];
  for (const trial of trials) {
    await bench.pause();
    let last: TensorInfo | null = null;
    const time = (runs: number): number => {
      const start = performance.now();
      for (let i = 0; i < runs; i++) {
        // One set of planes is enough: the old result goes before the new one is made.
        if (last !== null) {
          made.splice(made.indexOf(last), 1);
          bench.runner.disposeIntermediateTensorInfo(last);
          last = null;
        }
        last = trial.run();
        made.push(last);
      }
      bench.finish();
      return performance.now() - start;
    };
    try {
      // The first run compiles and converts.
      time(1);
      let runs = 1;
      for (let ms = time(runs); ms < SAMPLE_MS && runs < MAX_RUNS; ms = time(runs)) {
        const more = Math.min(8, (1.2 * SAMPLE_MS) / Math.max(ms, 0.01));
        runs = Math.min(MAX_RUNS, Math.ceil(runs * more));
        await bench.pause();
      }
      runners.push({ trial, runs, time, samples: [] });
    } catch (error) {
      if (!(error instanceof StepDown)) throw error;
    }
  }
  const all = runners;
  for (let round = 0; round < bench.rounds; round++) {
    for (const { runs, time, samples } of runners) {
      await bench.pause();
      samples.push(time(runs) / runs);
    }
    if (round > 0) continue;
    const rivals = runners.filter(({ trial }) => trial.rival);
    const fastest = Math.min(...rivals.map(({ samples }) => samples[0]));
    runners = runners.filter(
      ({ trial, samples }) => !trial.rival || samples[0] <= HOPELESS * fastest,
    );
  }
  return new Map(all.map(({ trial, samples }) => [trial.id, median(samples)]));
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The tensor, which is an input or an output of the convolution, in planes of another tile. */
function retile(
  runner: TileRunner,
  { dataFormat }: ConvShape,
  x: TensorInfo,
  from: Tile,
  to: Tile,
): TensorInfo {
  const extent = extentOf(x.shape, dataFormat);
  const layout = tileLayout(extent, to, runner.limits.maxTextureSize);
  if (layout === null) throw new StepDown('too large for a texture here');
  const operands = { x: runner.tiles(x, extent, dataFormat, from) };
  const output = { shape: x.shape, layout, format: dataFormat };
  return runner.run({ family: 'retile', in: from, out: to }, operands, {}, output);
}

function makeOperands(
  runner: TileRunner,
  { shape, fusion }: SeenConv,
  made: TensorInfo[],
): TrialOperands {
  const { kernel, filterHeight, filterWidth, inChannels, outChannels } = shape;
  const last = kernel === 'conv2d' ? outChannels : shape.channelMultiplier;
  const { activation, bias } = fusion;
  return {
    x: random(runner, shape.inShape, made),
    filter: random(runner, [filterHeight, filterWidth, inChannels, last], made),
    bias: bias ? random(runner, [outChannels], made) : undefined,
    slope: activation === 'prelu' ? random(runner, [outChannels], made) : undefined,
    alpha: activation === 'leakyrelu' ? 0.2 : undefined,
  };
}

/** Fractions between -1 and 1; hardware may be faster on zeros, so there are none to speak of. */
const block = lazily(() => Float32Array.from({ length: 4096 }, () => 2 * Math.random() - 1));

function random(runner: TileRunner, shape: readonly number[], made: TensorInfo[]): TensorInfo {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let at = 0; at < values.length; at += block().length) {
    values.set(block().subarray(0, values.length - at), at);
  }
  const info = runner.makeTensorInfo([...shape], 'float32', values);
  made.push(info);
  return info;
}

function lazily<T>(make: () => T): () => T {
  let value: { it: T } | null = null;
  return () => {
    value ??= { it: make() };
    return value.it;
  };
}
