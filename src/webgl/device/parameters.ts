/**
 * Parameters of draws in uniform buffers. A net draws with the same parameters in every prediction, so
 * they are written once, to a place of their own in a buffer, and later draws only bind that place.
 */
import { errorsOf, OutOfMemory } from './memory.js';

/** A member of a program's uniform block. */
export interface ParameterField {
  /** In words of 4 bytes from the start of the block. */
  readonly word: number;
  readonly isFloat: boolean;
}

export interface ParameterBlock {
  /** By name, such as `xLayout.grid`. */
  readonly fields: ReadonlyMap<string, ParameterField>;
  readonly words: number;
}

/**
 * Values of one part of the parameters, by what follows the part's name: those of part `x` may have
 * `Layout.grid`. The part without a name has values by their whole names.
 */
export type ParameterPart = readonly [
  name: string,
  values: Readonly<Record<string, number | readonly number[]>>,
];

/** Parameters that were written before. */
export interface Written {
  readonly words: Int32Array;
  readonly buffer: WebGLBuffer;
  /** In bytes. */
  readonly offset: number;
}

/** Bytes of a buffer: some hundred draws. */
const PAGE = 1 << 16;

/** Number of different parameters of one program that are kept; then the oldest are overwritten. */
const MOST_KEPT = 256;

export class Parameters {
  private readonly alignment: number;
  private readonly pages: WebGLBuffer[] = [];
  /** Bytes in use of the last page. */
  private used = PAGE;
  private readonly written = new WeakMap<ParameterBlock, { all: Written[]; next: number }>();
  private readonly parts = new WeakMap<
    ParameterBlock,
    Map<string, ReadonlyMap<string, ParameterField>>
  >();
  private bound: Written | null = null;
  private floats = new Float32Array(0);
  private ints = new Int32Array(0);

  /** @param noteResource called for each buffer that is made */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly noteResource: () => void,
  ) {
    this.alignment = gl.getParameter(gl.UNIFORM_BUFFER_OFFSET_ALIGNMENT) ?? 256;
  }

  /**
   * Binds these values for the next draw with a program that has the block. Values that it does not have
   * are ignored, and members without a value are zero.
   * @throws OutOfMemory
   */
  bind(block: ParameterBlock, parts: readonly ParameterPart[]): void {
    this.fill(block, parts);
    this.bindPlace(this.find(block) ?? this.write(block));
  }

  /** Binds parameters that were written before. */
  bindPlace(place: Written): void {
    if (place === this.bound) return;
    this.bound = place;
    const { gl } = this;
    const { buffer, offset, words } = place;
    gl.bindBufferRange(gl.UNIFORM_BUFFER, 0, buffer, offset, 4 * words.length);
  }

  /** Forgets what is bound, because it is about to be deleted. */
  forget(): void {
    this.bound = null;
  }

  /** The parameters that the next draw gets. */
  get current(): Written | null {
    return this.bound;
  }

  /**
   * Writes parameters to a buffer of their own, where they stay until the buffer is deleted.
   * @throws OutOfMemory
   */
  copyOf(all: readonly Written[]): { readonly places: Written[]; readonly buffer: WebGLBuffer } {
    const { gl, alignment } = this;
    const offsets: number[] = [];
    let bytes = 0;
    for (const { words } of all) {
      offsets.push(bytes);
      bytes += Math.ceil((4 * words.length) / alignment) * alignment;
    }
    const buffer = this.makeBuffer(Math.max(bytes, alignment));
    for (const [i, { words }] of all.entries()) {
      gl.bufferSubData(gl.UNIFORM_BUFFER, offsets[i], words);
    }
    return { places: all.map(({ words }, i) => ({ words, buffer, offset: offsets[i] })), buffer };
  }

  /** Number of buffers. */
  get buffers(): number {
    return this.pages.length;
  }

  dispose(): void {
    for (const buffer of this.pages) this.gl.deleteBuffer(buffer);
    this.pages.length = 0;
  }

  /** Puts the values in place in `ints`, of which `floats` is a view. */
  private fill(block: ParameterBlock, parts: readonly ParameterPart[]): void {
    const { words } = block;
    if (this.ints.length < words) {
      this.ints = new Int32Array(2 * words);
      this.floats = new Float32Array(this.ints.buffer);
    }
    this.ints.fill(0, 0, words);
    for (const [name, values] of parts) {
      const fields = this.fieldsOf(block, name);
      for (const rest in values) {
        const field = fields.get(rest);
        if (field === undefined) continue;
        const value = values[rest];
        const into = field.isFloat ? this.floats : this.ints;
        if (typeof value === 'number') into[field.word] = value;
        else for (let i = 0; i < value.length; i++) into[field.word + i] = value[i];
      }
    }
  }

  /** Returns the members whose names begin with `name`, by what follows it. */
  private fieldsOf(block: ParameterBlock, name: string): ReadonlyMap<string, ParameterField> {
    if (name === '') return block.fields;
    let known = this.parts.get(block);
    if (known === undefined) {
      known = new Map();
      this.parts.set(block, known);
    }
    let fields = known.get(name);
    if (fields === undefined) {
      const own = [...block.fields].filter(([whole]) => whole.startsWith(name));
      fields = new Map(own.map(([whole, field]) => [whole.slice(name.length), field]));
      known.set(name, fields);
    }
    return fields;
  }

  private find(block: ParameterBlock): Written | undefined {
    const all = this.written.get(block)?.all ?? [];
    search: for (const place of all) {
      const { words } = place;
      for (let i = 0; i < words.length; i++) if (words[i] !== this.ints[i]) continue search;
      return place;
    }
    return undefined;
  }

  private write(block: ParameterBlock): Written {
    const { gl } = this;
    const known = this.written.get(block) ?? { all: [], next: 0 };
    this.written.set(block, known);
    const { all } = known;
    const index = all.length < MOST_KEPT ? all.length : known.next++ % MOST_KEPT;
    const { buffer, offset } = all[index] ?? this.room(4 * block.words);
    const place = { buffer, offset, words: this.ints.slice(0, block.words) };
    all[index] = place;
    gl.bindBuffer(gl.UNIFORM_BUFFER, place.buffer);
    gl.bufferSubData(gl.UNIFORM_BUFFER, place.offset, place.words);
    return place;
  }

  /** Returns a place for this many bytes. */
  private room(bytes: number): Pick<Written, 'buffer' | 'offset'> {
    const { alignment } = this;
    const needed = Math.ceil(bytes / alignment) * alignment;
    if (this.used + needed > PAGE) {
      this.pages.push(this.makeBuffer(PAGE));
      this.used = 0;
    }
    const offset = this.used;
    this.used += needed;
    return { buffer: this.pages.at(-1) as WebGLBuffer, offset };
  }

  /** Makes a buffer and binds it. */
  private makeBuffer(bytes: number): WebGLBuffer {
    const { gl } = this;
    const buffer: WebGLBuffer | null = gl.createBuffer();
    if (buffer === null) throw new OutOfMemory('the context gives no buffer');
    gl.bindBuffer(gl.UNIFORM_BUFFER, buffer);
    const errors = errorsOf(gl, () => gl.bufferData(gl.UNIFORM_BUFFER, bytes, gl.DYNAMIC_DRAW));
    this.noteResource();
    if (errors.length === 0) return buffer;
    gl.deleteBuffer(buffer);
    const size = `${Math.ceil(bytes / 1024)} kB`;
    throw new OutOfMemory(`the device gives no buffer of ${size} (${errors.join(', ')})`);
  }
}
