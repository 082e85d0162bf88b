/** Buffers through which values are read asynchronously. */
import { errorsOf, inMegabytes, OutOfMemory } from './memory.js';

/** Bytes of free buffers that are kept, so that a net that is read again and again makes none. */
const MOST_KEPT = 1 << 22;

export class ReadBuffers {
  /** Free buffers, the one that was used last at the end. */
  private readonly free: WebGLBuffer[] = [];
  private readonly bytesOf = new Map<WebGLBuffer, number>();
  private freeBytes = 0;
  private mostKept = MOST_KEPT;

  /** @param noteResource called for each buffer that is made */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly noteResource: () => void,
  ) {}

  /** Number of buffers that are free or in use. */
  get count(): number {
    return this.bytesOf.size;
  }

  /**
   * Returns a buffer of this size.
   * @throws OutOfMemory
   */
  take(bytes: number): WebGLBuffer {
    const { free, bytesOf } = this;
    const at = free.findLastIndex((buffer) => bytesOf.get(buffer) === bytes);
    if (at < 0) return this.make(bytes);
    this.freeBytes -= bytes;
    return free.splice(at, 1)[0];
  }

  /** Takes a buffer back; returns false if it is not one of these. */
  giveBack(buffer: WebGLBuffer): boolean {
    const { free, bytesOf } = this;
    const bytes = bytesOf.get(buffer);
    if (bytes === undefined || free.includes(buffer)) return false;
    free.push(buffer);
    this.freeBytes += bytes;
    this.trim();
    return true;
  }

  /** Deletes the free buffers, and others as soon as they are given back. */
  dispose(): void {
    this.mostKept = 0;
    this.trim();
  }

  private make(bytes: number): WebGLBuffer {
    const { gl } = this;
    const buffer: WebGLBuffer | null = gl.createBuffer();
    if (buffer === null) throw new OutOfMemory('the device gives no buffer to read into');
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
    const errors = errorsOf(gl, () => gl.bufferData(gl.PIXEL_PACK_BUFFER, bytes, gl.STREAM_READ));
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    this.noteResource();
    if (errors.length > 0) {
      gl.deleteBuffer(buffer);
      const size = inMegabytes(bytes);
      throw new OutOfMemory(`the device gives no buffer of ${size} to read into (${errors})`);
    }
    this.bytesOf.set(buffer, bytes);
    return buffer;
  }

  private trim(): void {
    const { free, bytesOf } = this;
    while (this.freeBytes > this.mostKept) {
      const buffer = free.shift() as WebGLBuffer;
      this.freeBytes -= bytesOf.get(buffer) as number;
      bytesOf.delete(buffer);
      this.gl.deleteBuffer(buffer);
    }
  }
}
