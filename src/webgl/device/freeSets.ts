/** Free texture sets, found by the number of their planes or layers and by their size. */
import { texelBytes } from '../../../kernels/webgl/layout/precision.js';
import { type LayerSet, layersOf, type PlaneSet, type Sides } from './planeSets.js';

export type Pooled = PlaneSet | LayerSet;

export class FreeSets {
  private readonly sets = new Map<string, Pooled[]>();

  add(set: Pooled): void {
    const key = keyOf(set);
    const kept = this.sets.get(key);
    if (kept === undefined) this.sets.set(key, [set]);
    else kept.push(set);
  }

  /** Takes the smallest set under a key that is at least this large, at most `spare` times as large. */
  take(key: string, sides: Sides, spare: number): Pooled | undefined {
    const kept = this.sets.get(key) ?? [];
    let found: Pooled | undefined;
    let least = spare * area(sides) + 1;
    for (const set of kept) {
      const isLarge = set.sides[0] >= sides[0] && set.sides[1] >= sides[1];
      if (!isLarge || area(set.sides) >= least) continue;
      found = set;
      least = area(set.sides);
    }
    if (found !== undefined) this.remove(found);
    return found;
  }

  remove(set: Pooled): void {
    const key = keyOf(set);
    const kept = this.sets.get(key) as Pooled[];
    kept.splice(kept.indexOf(set), 1);
    if (kept.length === 0) this.sets.delete(key);
  }

  all(): Pooled[] {
    return [...this.sets.values()].flat();
  }

  clear(): void {
    this.sets.clear();
  }
}

/** Returns the bytes of all textures of a set. */
export function bytesOf(set: Pooled): number {
  const storage = set.textures.length === 1 ? 'layers' : 'textures';
  const count = 'draws' in set ? set.layers : layersOf(set.planes, storage);
  return count * area(set.sides) * texelBytes[set.precision];
}

function area([across, down]: Sides): number {
  return across * down;
}

function keyOf(set: Pooled): string {
  return 'draws' in set ? layersKey(set.layers, set.layers / set.draws.length) : `${set.planes}`;
}

/** Returns the key of sets of layers of which one draw fills `perDraw`. */
export function layersKey(layers: number, perDraw: number): string {
  return `${layers}/${perDraw}`;
}
