/** Recorded predictions of one backend, and watches of the data that they read. */
import { Pins } from './pins.js';

/** A thing that can be given up when memory is short. */
export interface Droppable {
  drop(reason: string): void;
}

export class Recordings {
  /** Watches of data that may be disposed of. */
  readonly dataPins = new Pins();
  /** Number of kernels so far that gave other bits than usual, because there was no room. */
  fallbacks = 0;
  private readonly all = new Set<Droppable>();

  add(recording: Droppable): void {
    this.all.add(recording);
  }

  remove(recording: Droppable): void {
    this.all.delete(recording);
  }

  dropAll(reason: string): void {
    for (const recording of this.all) recording.drop(reason);
  }
}
