/**
 * Results that are not drawn yet. A convolution waits until somebody needs its values, and
 * element-wise kernels that come in the meantime join its program as steps. A value that they alone
 * need is never drawn. Inputs of what waits are held: to the engine they may be gone.
 */
import type { DataId } from '@tensorflow/tfjs-core';
import { inputsOf, sharedSteps, type Work } from './work.js';

/** Steps beyond those of the root; a longer chain begins anew. */
const MOST_STEPS = 16;

export class Deferred {
  private readonly works = new Map<DataId, Work>();
  /** What later work has taken along: it is drawn only if somebody asks for it as well. */
  private readonly joined = new WeakSet<Work>();
  private readonly holds = new Map<DataId, number>();
  private readonly orphans = new Set<DataId>();
  /** Numbers of steps after which the value of a layer was needed as well as a later one. */
  private readonly splits = new WeakMap<DataId, Set<number>>();

  /** @param free frees data that the engine has given up, when nothing holds it any more */
  constructor(private readonly free: (dataId: DataId) => void) {}

  get(dataId: DataId): Work | undefined {
    return this.works.get(dataId);
  }

  add(dataId: DataId, work: Work): void {
    for (const input of inputsOf(work)) this.holds.set(input, (this.holds.get(input) ?? 0) + 1);
    this.works.set(dataId, work);
  }

  /** Takes work out to be drawn; its inputs stay until release() or putBack(). */
  take(dataId: DataId): Work | undefined {
    const work = this.works.get(dataId);
    this.works.delete(dataId);
    return work;
  }

  /** Puts back what could not be drawn. */
  putBack(dataId: DataId, work: Work): void {
    this.works.set(dataId, work);
  }

  /** Forgets what waits under this id: nobody wants it. */
  remove(dataId: DataId): void {
    const work = this.take(dataId);
    if (work !== undefined) this.release(work);
  }

  /** Gives up the inputs of work that has been taken out. */
  release(work: Work): void {
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

  /** The engine has given up data that is held: it goes when nothing holds it. */
  orphan(dataId: DataId): void {
    this.orphans.add(dataId);
  }

  /** Ids of work that needs this data. */
  dependents(dataId: DataId): DataId[] {
    return [...this.works].filter(([, work]) => inputsOf(work).has(dataId)).map(([id]) => id);
  }

  /** Ids of all work. */
  all(): DataId[] {
    return [...this.works.keys()];
  }

  /** Ids of all work that nothing else has taken along. */
  ends(): DataId[] {
    return this.all().filter((dataId) => this.isEnd(dataId));
  }

  isEnd(dataId: DataId): boolean {
    const work = this.works.get(dataId);
    return work !== undefined && !this.joined.has(work);
  }

  /** The work that a step on this data joins; undefined where it had better not wait on. */
  joinable(dataId: DataId): Work | undefined {
    const work = this.works.get(dataId);
    if (work === undefined || work.steps.length >= MOST_STEPS) return undefined;
    const { origin } = work.root;
    const split = origin !== null && this.splits.get(origin.layer.dataId)?.has(work.steps.length);
    return split ? undefined : work;
  }

  /** A step was applied to this work. */
  join(work: Work): void {
    this.joined.add(work);
  }

  /** Learns from work that is being drawn: where a layer is drawn twice, the next prediction splits it. */
  draws({ root, steps }: Work): void {
    // To read a tensor twice is cheap.
    if (root.drawn !== null && root.origin !== null) {
      const { dataId } = root.origin.layer;
      const shared = sharedSteps(root.drawn, steps);
      const known = this.splits.get(dataId);
      if (known === undefined) this.splits.set(dataId, new Set([shared]));
      else known.add(shared);
    }
    root.drawn = steps;
  }
}
