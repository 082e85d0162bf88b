/**
 * Results that are not drawn yet. A convolution is deferred until its values are needed, and
 * element-wise kernels called in the meantime fuse into its program as epilogue steps. A value that
 * only these steps need is never drawn. The inputs of pending work are held, because the engine may
 * have disposed of them.
 */
import type { DataId } from '@tensorflow/tfjs-core';
import { inputsOf, sharedSteps, type Work } from './work.js';

/** Maximum number of steps added to the root's program; a longer chain begins new work. */
export const MOST_STEPS = 16;

export class Deferred {
  private readonly works = new Map<DataId, Work>();
  /** Work that later work includes: it is drawn only if its value is requested as well. */
  private readonly included = new WeakSet<Work>();
  /** Data of work that is being drawn. */
  private readonly underWay = new Map<Work, DataId>();
  private readonly holds = new Map<DataId, number>();
  private readonly orphans = new Set<DataId>();
  /**
   * Split points of each layer, by its filter: step counts at which a value was needed besides a
   * later one.
   */
  private readonly splits = new WeakMap<DataId, Set<number>>();

  /** @param free frees data that the engine has disposed of, once no work holds it */
  constructor(private readonly free: (dataId: DataId) => void) {}

  get(dataId: DataId): Work | undefined {
    return this.works.get(dataId);
  }

  add(dataId: DataId, work: Work): void {
    for (const input of inputsOf(work)) this.holds.set(input, (this.holds.get(input) ?? 0) + 1);
    this.works.set(dataId, work);
  }

  /** Exchanges pending work for other work, which reads the same. */
  replace(dataId: DataId, work: Work): void {
    if (!this.isEnd(dataId)) this.included.add(work);
    this.works.set(dataId, work);
  }

  /** Takes work out to be drawn; its inputs stay held until release() or putBack(). */
  take(dataId: DataId): Work | undefined {
    const work = this.works.get(dataId);
    this.works.delete(dataId);
    if (work !== undefined) this.underWay.set(work, dataId);
    return work;
  }

  /** Puts back work that could not be drawn. */
  putBack(dataId: DataId, work: Work): void {
    this.underWay.delete(work);
    this.works.set(dataId, work);
  }

  /** Forgets the pending work under this id, because its values are not needed. */
  remove(dataId: DataId): void {
    const work = this.take(dataId);
    if (work !== undefined) this.release(work);
  }

  /** Releases the inputs of work that has been taken out. */
  release(work: Work): void {
    this.underWay.delete(work);
    for (const input of inputsOf(work)) {
      const left = (this.holds.get(input) as number) - 1;
      if (left > 0) {
        this.holds.set(input, left);
        continue;
      }
      this.holds.delete(input);
      if (this.orphans.delete(input)) this.free(input);
    }
  }

  isHeld(dataId: DataId): boolean {
    return this.holds.has(dataId);
  }

  /** Notes that the engine has disposed of held data, which is freed once no work holds it. */
  orphan(dataId: DataId): void {
    this.orphans.add(dataId);
  }

  /** Number of data that the engine has disposed of and work holds. */
  get orphanCount(): number {
    return this.orphans.size;
  }

  /** Returns the ids of work that needs this data. */
  dependents(dataId: DataId): DataId[] {
    return [...this.works].filter(([, work]) => inputsOf(work).has(dataId)).map(([id]) => id);
  }

  /** Returns the ids of all work. */
  all(): DataId[] {
    return [...this.works.keys()];
  }

  /** Returns the ids of all work whose tensors the engine has not disposed of. */
  alive(): DataId[] {
    return this.all().filter((dataId) => !this.orphans.has(dataId));
  }

  /** Returns the ids of all work that no later work includes, and that reads nothing that is being drawn. */
  ends(): DataId[] {
    const drawn = [...this.underWay.values()];
    return this.all().filter((dataId) => {
      const inputs = inputsOf(this.works.get(dataId) as Work);
      return this.isEnd(dataId) && !drawn.some((id) => inputs.has(id));
    });
  }

  isEnd(dataId: DataId): boolean {
    const work = this.works.get(dataId);
    return work !== undefined && !this.included.has(work);
  }

  /** Returns the work that a step on this data fuses into; undefined if no step should. */
  fusable(dataId: DataId): Work | undefined {
    const work = this.works.get(dataId);
    if (work === undefined || work.steps.length >= MOST_STEPS) return undefined;
    const { origin } = work.root;
    const split = origin !== null && this.splits.get(origin.layer.dataId)?.has(work.steps.length);
    return split ? undefined : work;
  }

  /** Notes that a step was applied to this work. */
  noteFused(work: Work): void {
    this.included.add(work);
  }

  /** Learns from work that is being drawn: a layer drawn twice is split in the next prediction. */
  noteDrawn({ root, steps }: Work): void {
    // Work without an origin only reads a tensor, and reading it twice is cheap.
    if (root.origin === null) return;
    if (root.drawn !== null) {
      const { dataId } = root.origin.layer;
      const shared = sharedSteps(root.drawn, steps);
      const known = this.splits.get(dataId);
      if (known === undefined) this.splits.set(dataId, new Set([shared]));
      else known.add(shared);
    }
    root.drawn = steps;
  }
}
