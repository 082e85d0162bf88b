/** A recorded prediction as it is made again: lists of calls in the heap, and functions between them. */
import { type CallList, callListBytes } from '../../../kernels/cpu/shared/callList.js';
import type { RecordingHost } from './host.js';
import { inParts } from './parts.js';
import type { Step } from './recorder.js';

export class Program {
  private readonly items: readonly (CallList | (() => void))[];
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
      return typeof part === 'function' ? part : sharing.write(part, address, block);
    });
    const efforts = this.items.map((item) => (typeof item === 'function' ? 0 : item.effort));
    this.effort = efforts.reduce((a, b) => a + b, 0);
  }

  /**
   * Does all steps. Workers are awake from the first to the last, unless the caller is alone at work for
   * long.
   * @throws WorkerLost
   */
  run(): void {
    const { sharing, items, effort } = this;
    sharing.expect(effort);
    for (const item of items) {
      if (typeof item === 'function') item();
      else sharing.doList(item);
    }
  }
}
