/**
 * Buffers with the weights of filters. A draw of one group of output slices sees the weights of that
 * group, as a uniform block.
 */
import type { WeightBlock } from '../../../kernels/webgl/layout/filter.js';
import type { TextureMemory } from './freeTextures.js';
import { errorsOf, inMegabytes, OutOfMemory } from './memory.js';

/** Binding point of the block of weights; parameters have the first one. */
export const WEIGHTS_BINDING = 1;

/** A block of weights, from this byte of its buffer on, as a draw sees it. */
export interface BoundWeights {
  readonly block: WeightBlock;
  readonly offset: number;
}

export class WeightBuffers {
  private readonly bytesOf = new Map<WeightBlock, number>();
  private allocated = 0;
  private bound: BoundWeights | null = null;
  private seen: BoundWeights | null = null;

  /**
   * @param memory memory of the context
   * @param noteResource called for each buffer that is made
   */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly memory: TextureMemory,
    private readonly noteResource: () => void,
  ) {}

  get bytesAllocated(): number {
    return this.allocated;
  }

  /** Number of buffers. */
  get count(): number {
    return this.bytesOf.size;
  }

  /** True while a block has its buffer. */
  has(block: WeightBlock): boolean {
    return this.bytesOf.has(block);
  }

  /** Weights of the draw that is being made; null for a draw without a block of weights. */
  get current(): BoundWeights | null {
    return this.seen;
  }

  /**
   * Makes a buffer of these weights.
   * @param part tells which part a draw sees; from one to the next it is a multiple of the device's
   *   alignment, and a draw sees no less
   * @throws OutOfMemory
   */
  make(texels: Float32Array, part: Omit<WeightBlock, 'buffer'>): WeightBlock {
    const { gl, memory } = this;
    const { stride, size } = part;
    const parts = Math.ceil(texels.byteLength / stride);
    // The last part needs a whole block as well.
    const bytes = (parts - 1) * stride + Math.max(stride, size);
    memory.use(bytes);
    const buffer: WebGLBuffer | null = gl.createBuffer();
    if (buffer === null) throw new OutOfMemory('the context gives no buffer');
    gl.bindBuffer(gl.UNIFORM_BUFFER, buffer);
    const allocate = () =>
      errorsOf(gl, () => gl.bufferData(gl.UNIFORM_BUFFER, bytes, gl.STATIC_DRAW));
    let errors = allocate();
    if (errors.length > 0) {
      memory.free.delete();
      errors = allocate();
    }
    this.noteResource();
    if (errors.length > 0) {
      gl.deleteBuffer(buffer);
      throw new OutOfMemory(
        `the device gives no buffer of ${inMegabytes(bytes)} (${errors.join(', ')})`,
      );
    }
    gl.bufferSubData(gl.UNIFORM_BUFFER, 0, texels);
    const block = { ...part, buffer };
    this.bytesOf.set(block, bytes);
    this.allocated += bytes;
    memory.notePeak();
    return block;
  }

  /** Lets the draws of `body` see what it binds. */
  during(body: (bind: (weights: BoundWeights) => void) => void): void {
    try {
      body((weights) => {
        this.seen = weights;
        this.bind(weights);
      });
    } finally {
      this.seen = null;
    }
  }

  /** Binds weights for the next draws, which a recorder does not take for theirs. */
  bind(weights: BoundWeights): void {
    const { block, offset } = weights;
    if (this.bound?.block === block && this.bound.offset === offset) return;
    this.bound = weights;
    const { gl } = this;
    gl.bindBufferRange(gl.UNIFORM_BUFFER, WEIGHTS_BINDING, block.buffer, offset, block.size);
  }

  release(block: WeightBlock): void {
    const bytes = this.bytesOf.get(block);
    if (bytes === undefined) return;
    this.bytesOf.delete(block);
    this.allocated -= bytes;
    if (this.bound?.block === block) this.bound = null;
    this.memory.pins.released(block);
    this.gl.deleteBuffer(block.buffer);
  }

  dispose(): void {
    for (const { buffer } of this.bytesOf.keys()) this.gl.deleteBuffer(buffer);
    this.bytesOf.clear();
    this.allocated = 0;
    this.bound = null;
  }
}
