/** Watches of objects that are about to be given up: textures that are released, data that is disposed of. */
export class Pins {
  private readonly watchers = new Map<object, Set<() => void>>();

  /** Calls `onRelease` when the object is given up, unless unwatch() is called before. */
  watch(pinned: object, onRelease: () => void): void {
    const known = this.watchers.get(pinned);
    if (known === undefined) this.watchers.set(pinned, new Set([onRelease]));
    else known.add(onRelease);
  }

  unwatch(pinned: object, onRelease: () => void): void {
    const known = this.watchers.get(pinned);
    known?.delete(onRelease);
    if (known?.size === 0) this.watchers.delete(pinned);
  }

  /** Notes that an object is given up. */
  released(pinned: object): void {
    const known = this.watchers.get(pinned);
    if (known === undefined) return;
    this.watchers.delete(pinned);
    for (const onRelease of known) onRelease();
  }
}
