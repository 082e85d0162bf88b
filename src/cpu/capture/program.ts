/** A recorded prediction as it is made again: lists of calls in the heap, and functions between them. */
import { type CallList, callListBytes } from '../../../kernels/cpu/shared/callList.js';
import { Trial } from '../../engine/trial.js';
import type { RecordingHost } from './host.js';
import { inParts } from './parts.js';
import type { Step } from './recorder.js';

/** List that is done in the way that its trial has found to be the fastest. */
interface TriedList {
  readonly list: CallList;
  readonly trial: Trial;
}

export class Program {
  private readonly items: readonly (TriedList | (() => void))[];
  /** Trial of the whole program, which follows those of its lists. */
  private readonly whole = new Trial();
  /** Effort of all lists. */
  private readonly effort: number;

  /**
   * @param allocate allocates a block of the heap that stays as long as the program
   * @throws HeapFull
   */
  constructor(
    private readonly sharing: RecordingHost['sharing'],
    steps: readonly Step[],
    allocate: (bytes: number) => number,
  ) {
    const parts = inParts(steps);
    const sizes = parts.map((part) =>
      typeof part === 'function' ? 0 : callListBytes(part.works.length),
    );
    const block = allocate(sizes.reduce((a, b) => a + b, 0));
    let next = block;
    this.items = parts.map((part, i) => {
      const address = next;
      next += sizes[i];
      if (typeof part === 'function') return part;
      return { list: sharing.write(part, address, block), trial: new Trial() };
    });
    const efforts = this.items.map((item) => (typeof item === 'function' ? 0 : item.list.effort));
    this.effort = efforts.reduce((a, b) => a + b, 0);
  }

  /**
   * Does all steps. Workers are awake from the first to the last, unless the caller is alone at work for
   * long. Once each list has its way, the whole is timed beside the whole without threads, because
   * neighbours that are shared differently wait for each other's values.
   * @throws WorkerLost
   */
  run(): void {
    const { sharing, items, effort, whole } = this;
    const isSettled = whole.isOver || this.areListsTried();
    const isShared = !isSettled || whole.isShared();
    const from = performance.now();
    if (isShared) sharing.expect(effort);
    for (const item of items) {
      if (typeof item === 'function') item();
      else if (isShared) sharing.doList(item.list, item.trial);
      else sharing.doAlone(item.list);
    }
    if (isSettled && sharing.measures) whole.note(isShared, performance.now() - from);
  }

  private areListsTried(): boolean {
    const { items, sharing } = this;
    return items.every(
      (item) => typeof item === 'function' || item.trial.isOver || !sharing.mayShare(item.list),
    );
  }
}
