/** A recorded prediction as it is made again: schedules in the heap, and functions between them. */
import type { Group } from '../../../kernels/cpu/shared/callList.js';
import type { Microkernels } from '../../../kernels/cpu/shared/functions.js';
import type { Schedule } from '../../../kernels/cpu/shared/schedule.js';
import { Trials } from '../../engine/trial.js';
import type { RecordingHost } from './host.js';
import { inParts } from './parts.js';
import type { Step } from './recorder.js';

/** Steps that follow each other, as threads share them and as one does them. */
interface Stretch {
  readonly shared: Schedule;
  readonly alone: Schedule;
}

export class Program {
  private readonly items: readonly (Stretch | (() => void))[];
  private readonly trials = new Trials(true);
  /** Null if there is nothing that threads might share. */
  private readonly micro: Microkernels | null;

  /**
   * @param allocate allocates a block of the heap that stays as long as the program
   * @throws HeapFull
   */
  constructor(
    private readonly sharing: RecordingHost['sharing'],
    steps: readonly Step[],
    allocate: (bytes: number) => number,
  ) {
    this.items = stretches(inParts(steps)).map((item) => {
      if (typeof item === 'function') return item;
      const bytes = sharing.bytesOf(item);
      const block = allocate(2 * bytes);
      return {
        shared: sharing.write(item, block, block, true),
        alone: sharing.write(item, block + bytes, block, false),
      };
    });
    const divided = this.items.find((item) => typeof item !== 'function' && item.shared.isDivided);
    this.micro = (divided as Stretch | undefined)?.shared.micro ?? null;
  }

  /**
   * Does all steps, with the other threads or alone, as trials tell.
   * @throws WorkerLost
   */
  run(): void {
    const { sharing, micro, trials } = this;
    const shared = () => this.each(({ shared }) => sharing.share(shared));
    const alone = () => this.each(({ alone }) => sharing.doAlone(alone));
    if (micro === null) alone();
    else sharing.choose(trials, micro, shared, alone);
  }

  private each(run: (stretch: Stretch) => void): void {
    for (const item of this.items) {
      if (typeof item === 'function') item();
      else run(item);
    }
  }
}

/** Returns the functions, and in lists the groups of the same microkernels between them. */
function stretches(parts: readonly (Group | (() => void))[]): (Group[] | (() => void))[] {
  const all: (Group[] | (() => void))[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === 'function') all.push(part);
    else if (Array.isArray(last) && last[0].micro === part.micro) last.push(part);
    else all.push([part]);
  }
  return all;
}
