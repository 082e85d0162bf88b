/**
 * Pool of texture sets. A set of planes has equally sized RGBA32F textures and one framebuffer that
 * writes all of them in one draw. A set of layers has one array texture and a framebuffer for each
 * draw that fills some of the layers. Released sets are kept for later requests. An array texture
 * serves requests of the same size; planes also serve smaller requests, so that a net needs little
 * more memory than its largest layers, not one set for each layer.
 */
import type { TextureMemory } from './freeTextures.js';
import { inMegabytes, OutOfMemory } from './memory.js';
import {
  BYTES_PER_TEXEL,
  type LayerSet,
  makeLayers,
  makePlanes,
  type PlaneSet,
  type PlaneStorage,
  Refusal,
  type Sides,
  textureBytes,
  textureSides,
} from './planeSets.js';

type Pooled = PlaneSet | LayerSet;

/**
 * Maximum number of texels in a reused plane for each texel requested; larger planes are left for
 * requests that need them.
 */
const MOST_SPARE = 4;

export class PlanePool {
  /** Free sets by number of planes, or by numbers of layers and targets. */
  private readonly free = new Map<string, Pooled[]>();
  private readonly used = new Set<Pooled>();
  private targets: number;
  private allocated = 0;
  private idle = 0;
  private made = 0;

  /** @param memory texture memory of the context, which decides how much is kept */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    maxTargets: number,
    private readonly memory: TextureMemory,
    private readonly storage: PlaneStorage,
  ) {
    this.targets = maxTargets;
  }

  /** Number of float textures that one draw can write: falls when the device has refused more. */
  get maxTargets(): number {
    return this.targets;
  }

  get bytesAllocated(): number {
    return this.allocated;
  }

  get bytesFree(): number {
    return this.idle;
  }

  /** Number of textures allocated. */
  get textures(): number {
    const sets = [...this.used, ...[...this.free.values()].flat()];
    return sets.reduce((sum, { textures }) => sum + textures.length, 0);
  }

  /** Number of sets ever made. */
  get setsMade(): number {
    return this.made;
  }

  get setsInUse(): number {
    return this.used.size;
  }

  /** @throws OutOfMemory, Refusal */
  acquire(planes: number, width: number, height: number): PlaneSet {
    // A single plane holds a filter or a vector of channels for as long as the net lives, so it
    // gets no texture larger than needed.
    const spare = planes === 1 ? 1 : MOST_SPARE;
    const kept = this.take<PlaneSet>(`${planes}`, textureSides(width, height), spare);
    const set = kept && { ...kept, width, height };
    const make = () => makePlanes(this.gl, planes, width, height, this.storage);
    const bytes = planes * textureBytes(width, height);
    return this.use(set ?? this.allocate(planes, bytes, make));
  }

  /**
   * Returns an array texture with framebuffers for `perDraw` layers each.
   * @throws OutOfMemory, Refusal
   */
  acquireLayers(layers: number, perDraw: number, width: number, height: number): LayerSet {
    const kept = this.take<LayerSet>(`${layers}/${perDraw}`, textureSides(width, height), 1);
    const set = kept && {
      ...kept,
      width,
      height,
      draws: kept.draws.map((draw) => ({ ...draw, width, height })),
    };
    const make = () => makeLayers(this.gl, layers, perDraw, width, height);
    const bytes = layers * textureBytes(width, height);
    return this.use(set ?? this.allocate(perDraw, bytes, make));
  }

  /** Makes a set of this many bytes; if memory is full, deletes all free textures and retries. */
  private allocate<Set extends Pooled>(targets: number, bytes: number, make: () => Set): Set {
    if (targets > this.targets) throw new Refusal(targets);
    this.memory.use(bytes);
    let set: Set;
    try {
      set = make();
    } catch (error) {
      if (error instanceof Refusal) this.targets = Math.min(this.targets, targets - 1);
      if (!(error instanceof OutOfMemory)) throw error;
      this.memory.free.delete();
      set = this.makeAgain(make);
    }
    this.allocated += bytes;
    this.made++;
    this.memory.notePeak();
    return set;
  }

  private makeAgain<Set>(make: () => Set): Set {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      const { allocated, memory } = this;
      const [ours, others] = [allocated, memory.bytes - allocated].map(inMegabytes);
      throw new OutOfMemory(
        `${error.message}, beside ${ours} in planes and ${others} in stock textures`,
      );
    }
  }

  /** Takes the smallest free set that is at least this large, at most `spare` times as large. */
  private take<Set extends Pooled>(key: string, sides: Sides, spare: number): Set | undefined {
    const kept = this.free.get(key) ?? [];
    let found = -1;
    let least = spare * area(sides) + 1;
    for (const [i, set] of kept.entries()) {
      const isLarge = set.sides[0] >= sides[0] && set.sides[1] >= sides[1];
      if (!isLarge || area(set.sides) >= least) continue;
      found = i;
      least = area(set.sides);
    }
    if (found === -1) return undefined;
    const set = kept[found];
    this.memory.free.take(set);
    this.leave(set);
    this.memory.use(0);
    return set as Set;
  }

  /** Removes a set from the free sets. */
  private leave(set: Pooled): void {
    const key = keyOf(set);
    const kept = this.free.get(key) as Pooled[];
    kept.splice(kept.indexOf(set), 1);
    if (kept.length === 0) this.free.delete(key);
    this.idle -= bytesOf(set);
  }

  private use<Set extends Pooled>(set: Set): Set {
    this.used.add(set);
    return set;
  }

  release(set: Pooled): void {
    if (!this.used.delete(set)) return;
    const key = keyOf(set);
    const kept = this.free.get(key);
    if (kept === undefined) this.free.set(key, [set]);
    else kept.push(set);
    const bytes = bytesOf(set);
    this.idle += bytes;
    this.memory.letGo(set, bytes, () => {
      this.leave(set);
      this.delete(set);
    });
  }

  /** Deletes a set instead of keeping it for the next request. */
  discard(set: Pooled): void {
    if (this.used.delete(set)) this.delete(set);
  }

  dispose(): void {
    for (const set of [...this.used, ...[...this.free.values()].flat()]) this.delete(set);
    this.used.clear();
    this.free.clear();
    this.idle = 0;
  }

  private delete(set: Pooled): void {
    const draws = 'draws' in set ? set.draws : [set];
    for (const { framebuffer } of draws) this.gl.deleteFramebuffer(framebuffer);
    for (const texture of set.textures) this.gl.deleteTexture(texture);
    this.allocated -= bytesOf(set);
  }
}

function bytesOf(set: Pooled): number {
  const count = 'draws' in set ? set.layers : set.planes;
  return count * area(set.sides) * BYTES_PER_TEXEL;
}

function area([across, down]: Sides): number {
  return across * down;
}

function keyOf(set: Pooled): string {
  return 'draws' in set ? `${set.layers}/${set.layers / set.draws.length}` : `${set.planes}`;
}
