/**
 * Guards of what stock's reads take for granted: that the read has succeeded, and that everything
 * before it was drawn.
 */
import type { GPGPUContext } from '@tensorflow/tfjs-backend-webgl';
import { releaseContext } from '../device/context.js';
import type { Device } from '../device/device.js';
import { takeErrors } from '../device/memory.js';
import type { StockContext } from './stockInternals.js';

/** True if the fence is passed or has failed; stock would poll a failed fence for ever. */
function isPassed(gl: WebGL2RenderingContext, fence: WebGLSync): boolean {
  const isOver = gl.clientWaitSync(fence, 0, 0) !== gl.TIMEOUT_EXPIRED;
  if (isOver) gl.deleteSync(fence);
  return isOver;
}

/** Errors of calls that have drawn or uploaded nothing; all other errors come from queries. */
const spoiling = ['OUT_OF_MEMORY', 'INVALID_FRAMEBUFFER_OPERATION', 'INVALID_OPERATION'];

/** Releases a context if a draw or upload in it has failed; returns the errors that say so. */
export function giveUpIfSpoilt(device: Device, errors = takeErrors(device.gl)): string[] {
  const spoilt = errors.filter((error) => spoiling.includes(error));
  if (spoilt.length > 0) releaseContext(device.gl);
  return spoilt;
}

/** Errors of one context, in the order of the reads that they may have spoilt. */
class ReadErrors {
  /** Number of reads that have begun, and of the first ones that were followed by a query. */
  private begun = 0;
  private covered = 0;
  /** The device's `resourceEpoch` at the last query that found nothing. */
  private known = -1;

  constructor(private readonly device: Device) {}

  /**
   * Queries errors of draws, if a texture or program is new. In a steady state the query after the read
   * is enough, and does not keep JavaScript waiting for draws that were only just sent.
   * @returns true if there was no error before the read, so that any error to come is the read's
   */
  expectDrawn(): boolean {
    const { device } = this;
    if (device.isLost || device.resourceEpoch === this.known) return false;
    this.covered = this.begun;
    const errors = giveUpIfSpoilt(device);
    if (errors.length === 0) return true;
    throw new Error(`the device reports ${errors.join(', ')} for what was drawn before a read`);
  }

  /** Counts a read that has been sent to the device; returns its number. */
  count(): number {
    return ++this.begun;
  }

  /**
   * Queries errors of a read and of everything before it.
   * @param number the number of the read
   * @param isAlone true if an error can only be the read's
   */
  expectRead(values: Float32Array, number: number, isAlone: boolean): Float32Array {
    const { device } = this;
    if (device.isLost) return values;
    const isCovered = number <= this.covered && device.resourceEpoch === this.known;
    // A failed read returns nothing but zeros.
    if (isCovered && values.some((value) => value !== 0)) return values;
    const errors = takeErrors(device.gl);
    const spoilt = isAlone ? [] : giveUpIfSpoilt(device, errors);
    if (spoilt.length > 0) {
      const all = spoilt.join(', ');
      throw new Error(`the device reports ${all} for a read, or for what was drawn before it`);
    }
    if (errors.length > 0) throw new Error(`the device cannot read: ${errors.join(', ')}`);
    this.covered = this.begun;
    this.known = device.resourceEpoch;
    return values;
  }
}

/**
 * Makes reads fail when the device reports an error that may have spoilt values. The error does not
 * tell which values, so the context is released, unless only the read itself can have failed.
 */
export function guardReads(gpgpu: GPGPUContext, device: Device): void {
  const { gl, readBuffers } = device;
  const guarded = gpgpu as unknown as StockContext;
  const { createFence } = guarded;
  const { downloadFloat32MatrixFromBuffer } = gpgpu;
  const { downloadMatrixFromPackedTexture } = gpgpu;
  const { downloadByteEncodedFloatMatrixFromOutputTexture } = gpgpu;
  const errors = new ReadErrors(device);
  /** Numbers of the reads into buffers. */
  const numbers = new WeakMap<WebGLBuffer, number>();

  const readNow = (download: () => Float32Array) => {
    const isAlone = errors.expectDrawn();
    const values = download();
    return errors.expectRead(values, errors.count(), isAlone);
  };
  gpgpu.downloadMatrixFromPackedTexture = (...texture) =>
    readNow(() => downloadMatrixFromPackedTexture.apply(gpgpu, texture));
  gpgpu.downloadByteEncodedFloatMatrixFromOutputTexture = (...texture) =>
    readNow(() => downloadByteEncodedFloatMatrixFromOutputTexture.apply(gpgpu, texture));
  gpgpu.createBufferFromTexture = (texture, rows, columns) => {
    errors.expectDrawn();
    const buffer = readBuffers.take(16 * rows * columns);
    device.readInto(buffer, texture, columns, rows);
    numbers.set(buffer, errors.count());
    return buffer;
  };
  gpgpu.downloadFloat32MatrixFromBuffer = (buffer, size) => {
    try {
      const values = downloadFloat32MatrixFromBuffer.call(gpgpu, buffer, size);
      return errors.expectRead(values, numbers.get(buffer) as number, false);
    } catch (error) {
      gl.deleteBuffer(buffer);
      throw error;
    }
  };
  // Stock deletes a buffer after each read.
  const deleteBuffer = gl.deleteBuffer.bind(gl);
  gl.deleteBuffer = (buffer) => {
    if (buffer === null || !readBuffers.giveBack(buffer)) deleteBuffer(buffer);
  };
  // Stock makes a vertex array for each program; without it, draws would use another program's.
  const { createVertexArray } = gpgpu;
  gpgpu.createVertexArray = () => {
    const made = createVertexArray();
    if (made === null) throw new Error('Unable to create WebGLVertexArrayObject.');
    device.noteResource();
    return made;
  };
  guarded.createFence = (context) => {
    const fence = createFence.call(gpgpu, context);
    const { query } = fence;
    // Without a fence, the read waits for the device.
    if (query === null) return { query, isFencePassed: () => true };
    return query instanceof WebGLSync ? { query, isFencePassed: () => isPassed(gl, query) } : fence;
  };
}
