/**
 * Time measurements of each plan of a convolution on this device. The input is synthetic and
 * already in the tile layout that the plan reads, so that a kernel is timed alone; moves between
 * tile layouts are timed separately.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../../kernels/errors.js';
import type { ConvShape } from '../../kernels/shape/convShape.js';
import { sizesKey } from '../../kernels/webgl/convKey.js';
import {
  extentOf,
  sameTile,
  type Tile,
  tileLayout,
  tileName,
} from '../../kernels/webgl/layout/tile.js';
import type { Plan } from '../../kernels/webgl/plan.js';
import { moveUniforms } from '../../kernels/webgl/programs/move.js';
import { retilePlan } from '../../kernels/webgl/programs/movePlan.js';
import type { TileRunner } from '../../kernels/webgl/runner.js';
import { convPlans } from '../../kernels/webgl/variants.js';
import type { SeenConv } from './order.js';

/** Tensors of a convolution that runs to be timed. */
export interface TrialOperands {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly slope?: TensorInfo;
  readonly alpha?: number;
  readonly flipped?: boolean;
}

/** Engine operations that measuring needs. */
export interface Bench {
  readonly runner: TileRunner;
  /** Computes a convolution by one plan; throws NeedsFallback if that plan does not work here. */
  compute(shape: ConvShape, plan: Plan, operands: TrialOperands): TensorInfo;
  /** Waits until everything drawn so far is done. */
  finish(): void;
  /** Frees tensors and deletes their textures, because no later draw will reuse them. */
  free(tensors: readonly TensorInfo[]): void;
  /** Lets the page do other work; throws if there is no point in continuing. */
  pause(): Promise<void>;
  /** Number of samples of each plan. */
  readonly rounds: number;
}

/** Times of one plan, in milliseconds. */
export interface PlanTime {
  readonly variant: string;
  readonly kernel: number;
  /** Milliseconds to move the input into the tile layout that the plan reads; 0 if it is there. */
  readonly arrive: number;
  /** Milliseconds to move the output back into the input's tile layout; 0 if it is there. */
  readonly depart: number;
}

export interface Measured {
  readonly key: string;
  /** Variant that the estimate puts first. */
  readonly before: string;
  /** Times of the plans that work here; empty if there is nothing to choose. */
  readonly plans: readonly PlanTime[];
}

/**
 * Minimum milliseconds of a sample: its run is repeated to last that long, because the clock is
 * coarse and waiting for the device costs time too.
 */
const SAMPLE_MS = 5;
const MAX_RUNS = 256;
/** Ratio to the fastest plan's time above which a plan is dropped after the first round. */
const HOPELESS = 2;

interface Trial {
  readonly id: string;
  /** True for a kernel, which competes with other kernels; false for a move between tiles. */
  readonly rival: boolean;
  run(): TensorInfo;
}

/** Returns a function that measures convolutions, and times no program twice at the same sizes. */
export function makeMeter(bench: Bench): (conv: SeenConv) => Promise<Measured> {
  const { runner } = bench;
  const times = new Map<string, number>();

  return async (conv) => {
    const { key, shape, fusion, resident } = conv;
    const all = convPlans(shape, fusion, runner.limits, resident);
    const before = all[0].variant;
    // Plans of infinite cost are fallbacks, never a choice.
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

    // A trial that failed has no time. Its plan's time becomes infinite, and the plan is left out.
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

/**
 * True if a tensor in tile `from` has to be moved to be in tile `to`. It is false for a tensor that
 * is not in tile layout, because then all plans pay the same.
 */
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

/**
 * Returns the medians of interleaved samples, in milliseconds per run. Trials that throw NeedsFallback
 * are left out.
 */
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
        // One result at a time is enough, so the old one is disposed of before the new one is made.
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
      // The first run compiles programs and converts operands.
      time(1);
      let runs = 1;
      for (let ms = time(runs); ms < SAMPLE_MS && runs < MAX_RUNS; ms = time(runs)) {
        const more = Math.min(8, (1.2 * SAMPLE_MS) / Math.max(ms, 0.01));
        runs = Math.min(MAX_RUNS, Math.ceil(runs * more));
        await bench.pause();
      }
      runners.push({ trial, runs, time, samples: [] });
    } catch (error) {
      if (!(error instanceof NeedsFallback)) throw error;
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

/** Converts an input or output of the convolution from planes of one tile to planes of another. */
function retile(
  runner: TileRunner,
  { dataFormat }: ConvShape,
  x: TensorInfo,
  from: Tile,
  to: Tile,
): TensorInfo {
  const extent = extentOf(x.shape, dataFormat);
  const layout = tileLayout(extent, to, runner.limits.maxTextureSize);
  if (layout === null) throw new NeedsFallback('too large for a texture here');
  const operands = { x: runner.tiles(x, extent, dataFormat, from) };
  const output = { shape: x.shape, layout, format: dataFormat };
  const plan = retilePlan(from, to);
  return runner.run(plan.spec, operands, moveUniforms(plan), output);
}

function makeOperands(
  runner: TileRunner,
  { shape, fusion }: SeenConv,
  made: TensorInfo[],
): TrialOperands {
  const { kernel, filterHeight, filterWidth, inChannels, outChannels } = shape;
  const depths = {
    conv2d: [inChannels, outChannels],
    depthwiseConv2d: [inChannels, shape.channelMultiplier],
    conv2dTranspose: [outChannels, inChannels],
  }[kernel];
  const { activation, bias } = fusion;
  return {
    x: random(runner, shape.inShape, made),
    filter: random(runner, [filterHeight, filterWidth, ...depths], made),
    bias: bias ? random(runner, [outChannels], made) : undefined,
    slope: activation === 'prelu' ? random(runner, [outChannels], made) : undefined,
    alpha: activation === 'leakyrelu' ? 0.2 : undefined,
    flipped: kernel === 'conv2dTranspose',
  };
}

/** Random fractions between -1 and 1, hardly ever zero, because hardware may be faster on zeros. */
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
