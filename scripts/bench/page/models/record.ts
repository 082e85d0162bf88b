/** Recorder of every kernel that a prediction runs on the current backend. */
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import {
  backend,
  engine,
  getBackend,
  getKernelsForBackend,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { TiledWebGLBackend, tiledInfo } from '../../../../src/base.js';
import type { Conversion } from '../../../../src/engine/engineLog.js';
import type { KernelEvent, Ran } from '../../../models/trace.js';
import { variantsBetween } from '../../command/ran.js';
import type { KernelTimer } from './kernelTimer.js';

type Move = KernelEvent['conversions'][number];

/**
 * Returns one entry per added conversion; conversions counted together share their texels equally.
 */
function moves(before: readonly Conversion[], after: readonly Conversion[]): Move[] {
  return after.flatMap(({ kind, kernel, count, texels }) => {
    const old = before.find((other) => other.kind === kind && other.kernel === kernel);
    const added = count - (old?.count ?? 0);
    const each = (texels - (old?.texels ?? 0)) / added;
    return Array.from({ length: added }, () => ({ kind, texels: each }));
  });
}

/**
 * Starts counters of one backend; they only grow.
 * @param isCPU true for the CPU engine
 */
function makeCounters(current: unknown, isCPU: boolean) {
  const drawn = { stock: 0, tiles: 0 };
  const undo: (() => void)[] = [];
  if (current instanceof MathBackendWebGL) {
    const run = current.runWebGLProgram;
    current.runWebGLProgram = (...given) => {
      drawn.stock++;
      return run.apply(current, given);
    };
    undo.push(() => Reflect.deleteProperty(current, 'runWebGLProgram'));
  }
  if (isCPU) {
    // Our kernels that fall back and the inherited ones all run these registered objects.
    for (const kernel of getKernelsForBackend('cpu')) {
      const { kernelFunc } = kernel;
      kernel.kernelFunc = (params) => {
        drawn.stock++;
        return kernelFunc(params);
      };
      undo.push(() => {
        kernel.kernelFunc = kernelFunc;
      });
    }
  }
  const ours = current instanceof TiledWebGLBackend ? current : null;
  if (ours !== null) {
    const { device } = ours;
    const draw = device.draw;
    device.draw = (...given) => {
      drawn.tiles++;
      draw.apply(device, given);
    };
    undo.push(() => Reflect.deleteProperty(device, 'draw'));
  }
  return {
    undo,
    read: () => ({
      ...drawn,
      variants: ours?.log.variants() ?? {},
      conversions: ours?.log.conversions() ?? [],
    }),
    restore: () => {
      for (const step of undo) step();
    },
  };
}

type Counts = ReturnType<ReturnType<typeof makeCounters>['read']>;

function eventOf(
  kernel: string,
  shape: readonly number[] | null,
  before: Counts,
  after: Counts,
): Omit<KernelEvent, 'ms'> {
  const conversions = moves(before.conversions, after.conversions);
  const variants = variantsBetween(before.variants, after.variants);
  let ran: Ran = 'nothing';
  if (after.stock > before.stock) ran = 'stock';
  else if (after.tiles - before.tiles > conversions.length) ran = 'tiles';
  return {
    kernel,
    ran,
    variant: variants.length === 0 ? null : variants.join('+'),
    shape,
    conversions,
  };
}

/** Returns what a kernel of tiled-cpu ran. */
function ranOnCPU(isStock: boolean, inputs: object, results: readonly Tensor[]): Ran {
  const given = new Set(
    Object.values(inputs)
      .flat()
      .map((input: Tensor | null | undefined) => input?.dataId),
  );
  if (results.every(({ dataId }) => given.has(dataId))) return 'nothing';
  return isStock ? 'stock' : 'ours';
}

/**
 * Does the work and returns its kernels in order. A kernel that another kernel runs counts as part
 * of the outer kernel.
 * @param timer times the kernels; null if no times are needed
 * @param onKernel called after each kernel
 */
export async function record(
  work: () => Promise<unknown>,
  timer: KernelTimer | null,
  onKernel: () => void = () => {},
): Promise<KernelEvent[]> {
  const events: (Omit<KernelEvent, 'ms'> & { timings: number[] })[] = [];
  const current = backend();
  const isCPU = getBackend().startsWith('tiled') && tiledInfo().engine === 'cpu';
  const counters = makeCounters(current, isCPU);
  const tfjs = engine();
  const { runKernel } = tfjs;
  let isInside = false;
  let last = counters.read();
  /** Time slices of the running kernel; a draw of deferred work interrupts it. */
  let stretches: number[] = [];
  let started: number | undefined;
  /** Counts from before that kernel, plus the counts of the draws that interrupted it. */
  let before = last;

  /** Records the conversions since the last kernel as a read. */
  function addRead(now: Counts): void {
    const read = eventOf('read', null, last, now);
    if (read.conversions.length > 0) events.push({ ...read, timings: [] });
  }

  function stop(): void {
    if (timer !== null && started !== undefined) stretches.push(timer.stop(started));
    started = undefined;
  }

  if (current instanceof TiledWebGLBackend) {
    const { fuser } = current.runner;
    const { drawWork } = fuser;
    fuser.drawWork = (dataId, work) => {
      stop();
      const outer = stretches;
      stretches = [];
      const start = counters.read();
      started = timer?.start();
      drawWork.call(fuser, dataId, work);
      stop();
      const { root, steps } = work;
      const names = [root.call, ...steps.map(({ call }) => call)].flatMap(
        (call) => call?.kernelName ?? [],
      );
      const end = counters.read();
      const event = eventOf(names.join(' + '), root.output.shape, start, end);
      events.push({ ...event, timings: stretches });
      stretches = outer;
      const tiles = before.tiles + end.tiles - start.tiles;
      before = { ...before, tiles, variants: end.variants };
      if (isInside) started = timer?.start();
    };
    counters.undo.push(() => Reflect.deleteProperty(fuser, 'drawWork'));
  }

  const recorded = (...given: Parameters<typeof runKernel>): Tensor | Tensor[] => {
    if (isInside) return runKernel.apply(tfjs, given);
    isInside = true;
    try {
      before = counters.read();
      addRead(before);
      stretches = [];
      started = timer?.start();
      const result = runKernel.apply(tfjs, given) as Tensor | Tensor[];
      stop();
      last = counters.read();
      const results = [result].flat();
      const event = eventOf(given[0], results[0]?.shape ?? null, before, last);
      const ran = isCPU ? ranOnCPU(event.ran === 'stock', given[1], results) : event.ran;
      events.push({ ...event, ran, timings: stretches });
      onKernel();
      return result;
    } finally {
      isInside = false;
    }
  };
  tfjs.runKernel = recorded as typeof runKernel;
  try {
    await work();
    addRead(counters.read());
  } finally {
    Reflect.deleteProperty(tfjs, 'runKernel');
    counters.restore();
  }
  const times = (await timer?.times()) ?? [];
  return events.map(({ timings, ...event }) => ({
    ...event,
    ms: timings.length === 0 ? null : timings.reduce((sum, index) => sum + times[index], 0),
  }));
}
