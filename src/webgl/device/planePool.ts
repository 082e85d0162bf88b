/**
 * Pool of texture sets. A set of planes has equally sized RGBA32F textures and one framebuffer that
 * writes all of them in one draw. A set of layers has one array texture and a framebuffer for each
 * draw that fills some of the layers. Released sets are kept for later requests. An array texture
 * serves requests of the same size; planes also serve smaller requests, so that a net needs little
 * more memory than its largest layers, not one set for each layer.
 */
import { bytesOf, FreeSets, layersKey, type Pooled } from './freeSets.js';
import type { TextureMemory } from './freeTextures.js';
import { inMegabytes, OutOfMemory } from './memory.js';
import {
  type LayerSet,
  layersOf,
  makeLayers,
  makePlanes,
  type PlaneForm,
  type PlaneSet,
  Refusal,
  type Sides,
  textureBytes,
  textureSides,
} from './planeSets.js';

/**
 * Maximum number of texels in a reused plane for each texel requested; larger planes are left for
 * requests that need them.
 */
const MOST_SPARE = 4;

export class PlanePool {
  private readonly free = new FreeSets();
  private readonly used = new Set<Pooled>();
  /** Textures that a draw into a framebuffer writes. */
  private readonly targetsOfFramebuffers = new WeakMap<WebGLFramebuffer, readonly WebGLTexture[]>();
  /** Sets that are free within an arena, by their textures. */
  private readonly resting = new Map<readonly WebGLTexture[], Pooled>();
  private targets: number;
  private allocated = 0;
  private idle = 0;
  private made = 0;

  /** @param memory texture memory of the context, which decides how much is kept */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    maxTargets: number,
    private readonly memory: TextureMemory,
    private readonly form: PlaneForm,
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

  /** Bytes of sets that no tensor uses. */
  get bytesFree(): number {
    let bytes = this.idle;
    for (const set of this.resting.values()) bytes += bytesOf(set);
    return bytes;
  }

  /** Returns the textures that a draw into the framebuffer of a set writes; undefined for another. */
  targetsOf(framebuffer: WebGLFramebuffer): readonly WebGLTexture[] | undefined {
    return this.targetsOfFramebuffers.get(framebuffer);
  }

  /** Sets in use, by their textures. */
  setsUsed(): Iterable<Pooled> {
    return this.used;
  }

  /** Number of textures allocated. */
  get textures(): number {
    const sets = [...this.used, ...this.free.all(), ...this.resting.values()];
    return sets.reduce((sum, { textures }) => sum + textures.length, 0);
  }

  /** Number of sets ever made. */
  get setsMade(): number {
    return this.made;
  }

  get setsInUse(): number {
    return this.used.size;
  }

  /** Number of sets that are free within arenas. */
  get setsInArenas(): number {
    return this.resting.size;
  }

  /** @throws OutOfMemory, Refusal */
  acquire(planes: number, width: number, height: number): PlaneSet {
    // A single plane holds a filter or a vector of channels for as long as the net lives, so it
    // gets no texture larger than needed.
    const spare = planes === 1 ? 1 : MOST_SPARE;
    const kept = this.take<PlaneSet>(`${planes}`, textureSides(width, height), spare);
    const set = kept && { ...kept, width, height };
    const make = () => makePlanes(this.gl, planes, width, height, this.form);
    const bytes = this.bytesOfPlanes(planes, width, height);
    return this.use(set ?? this.allocate(planes, bytes, make));
  }

  /**
   * Returns planes of the same size, in textures of the same size.
   * @throws OutOfMemory, Refusal
   */
  acquireLike({ planes, width, height, sides }: PlaneSet): PlaneSet {
    const kept = this.take<PlaneSet>(`${planes}`, sides, 1);
    if (kept !== undefined) return this.use({ ...kept, width, height });
    const [across, down] = sides;
    const make = () => makePlanes(this.gl, planes, across, down, this.form);
    const bytes = this.bytesOfPlanes(planes, across, down);
    const set = this.allocate(planes, bytes, make);
    return this.use({ ...set, width, height });
  }

  /**
   * Returns an array texture with framebuffers for `perDraw` layers each.
   * @throws OutOfMemory, Refusal
   */
  acquireLayers(layers: number, perDraw: number, width: number, height: number): LayerSet {
    const kept = this.take<LayerSet>(layersKey(layers, perDraw), textureSides(width, height), 1);
    const set = kept && {
      ...kept,
      width,
      height,
      draws: kept.draws.map((draw) => ({ ...draw, width, height })),
    };
    const { precision } = this.form;
    const make = () => makeLayers(this.gl, layers, perDraw, width, height, precision);
    const bytes = layers * textureBytes(width, height, precision);
    return this.use(set ?? this.allocate(perDraw, bytes, make));
  }

  private bytesOfPlanes(planes: number, width: number, height: number): number {
    const { storage, precision } = this.form;
    return layersOf(planes, storage) * textureBytes(width, height, precision);
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
    for (const { framebuffer } of drawsOf(set)) {
      this.targetsOfFramebuffers.set(framebuffer, set.textures);
    }
    this.give(set);
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
    const { memory } = this;
    const resting = memory.arena?.takeSet(key, sides, spare);
    if (resting !== undefined) {
      this.resting.delete(resting.textures);
      return resting as Set;
    }
    const set = this.free.take(key, sides, spare);
    if (set === undefined) return undefined;
    memory.free.take(set);
    this.idle -= bytesOf(set);
    memory.use(0);
    this.give(set);
    return set as Set;
  }

  /** Gives a set to the arena of the recording that is being made, if there is one. */
  private give(set: Pooled): void {
    this.memory.arena?.own(set.textures, bytesOf(set), set.textures, () => {
      this.resting.delete(set.textures);
      this.used.add(set);
      this.release(set);
    });
  }

  private use<Set extends Pooled>(set: Set): Set {
    this.used.add(set);
    return set;
  }

  release(set: Pooled): void {
    if (!this.used.delete(set)) return;
    const { memory } = this;
    memory.pins.released(set.textures);
    const bytes = bytesOf(set);
    if (memory.arena?.keepSet(set)) {
      this.resting.set(set.textures, set);
      return;
    }
    this.free.add(set);
    this.idle += bytes;
    memory.letGo(set, bytes, () => {
      this.free.remove(set);
      this.idle -= bytes;
      this.delete(set);
    });
  }

  /** Deletes a set instead of keeping it for the next request. */
  discard(set: Pooled): void {
    if (this.used.delete(set)) this.delete(set);
  }

  dispose(): void {
    for (const set of [...this.used, ...this.free.all(), ...this.resting.values()])
      this.delete(set);
    this.used.clear();
    this.free.clear();
    this.idle = 0;
    this.resting.clear();
  }

  private delete(set: Pooled): void {
    for (const { framebuffer } of drawsOf(set)) this.gl.deleteFramebuffer(framebuffer);
    for (const texture of set.textures) this.gl.deleteTexture(texture);
    this.allocated -= bytesOf(set);
  }
}

function drawsOf(set: Pooled): readonly PlaneSet[] {
  return 'draws' in set ? set.draws : [set];
}
