/**
 * Watches over what the stock backend takes on trust: that a texture has memory, that a read has
 * read, and that everything before it was drawn. In a steady state it asks the device nothing.
 */
import type { GPGPUContext } from '@tensorflow/tfjs-backend-webgl';
import { StepDown } from '../../../kernels/errors.js';
import { releaseContext } from '../device/context.js';
import type { Device } from '../device/device.js';
import { inMegabytes, OutOfMemory, takeErrors } from '../device/memory.js';
import type { StockContext, StockInternals } from './stockInternals.js';

/**
 * From now on, a stock texture for which there is no memory is an OutOfMemory, once all that nobody
 * uses has been deleted, and one that is refused otherwise a StepDown. Stock would draw into nothing.
 * @param device that of the context in use
 */
export function guardTextures(backend: StockInternals, device: () => Device): void {
  const acquire = backend.acquireTexture.bind(backend);

  const attempt: typeof acquire = (shape, usage, dtype, isPacked) => {
    const manager = backend.textureManager;
    const [inUse, allocated] = [backend.numBytesInGPU, manager._numBytesAllocated];
    let reason: string;
    try {
      const texture = acquire(shape, usage, dtype, isPacked);
      if (manager._numBytesAllocated === allocated) return texture;
      if (device().isAllocated(texture.texture)) return texture;
      reason = `WebGL error ${takeErrors(device().gl).join(', ') || 'unknown'}`;
      manager.releaseTexture(texture, shape, usage, isPacked);
      device().memory.free.delete();
    } catch (error) {
      reason = (error as Error).message;
      // Too large a texture is no matter of memory.
      if (!/^Unable to create/.test(reason)) throw new StepDown(reason);
    }
    backend.numBytesInGPU = inUse;
    throw new OutOfMemory(
      `the device gives no texture of [${shape}] values beside the ` +
        `${inMegabytes(manager._numBytesAllocated)} in stock textures and the ` +
        `${inMegabytes(device().planes.bytesAllocated)} in planes that there are (${reason})`,
    );
  };
  backend.acquireTexture = (...request) => {
    const { memory } = device();
    let texture: ReturnType<typeof acquire>;
    try {
      texture = attempt(...request);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      memory.free.delete();
      texture = attempt(...request);
    }
    memory.use(0);
    return texture;
  };
}

/**
 * From now on, a program of stock's that does not link, or has no vertex array, is deleted.
 * @returns what compiles such a program, or throws StepDown where the device does not; errors from
 *   before it is asked are those of the program's arguments
 */
export function guardPrograms(gpgpu: GPGPUContext): <T>(compile: () => T) => T {
  const gl = gpgpu.gl as WebGL2RenderingContext;
  const { createShader, createProgram } = gl;
  const { createProgram: createStockProgram } = gpgpu;
  let isAsked = false;
  let fragment: WebGLShader | null = null;
  let vertex: WebGLShader | null = null;
  let program: WebGLProgram | null = null;
  gl.createShader = (type) => {
    isAsked = true;
    const made = createShader.call(gl, type);
    if (type === gl.FRAGMENT_SHADER) fragment = made;
    else vertex = made;
    return made;
  };
  gl.createProgram = () => {
    program = createProgram.call(gl);
    return program;
  };
  gpgpu.createProgram = (fragmentShader) => {
    program = null;
    vertex = null;
    try {
      return createStockProgram.call(gpgpu, fragmentShader);
    } catch (error) {
      gl.deleteProgram(program);
      // All programs share one, once it has compiled.
      if ((gpgpu as unknown as StockContext).vertexShader == null) gl.deleteShader(vertex);
      throw error;
    }
  };
  return (compile) => {
    isAsked = false;
    fragment = null;
    try {
      return compile();
    } catch (error) {
      // One that is part of a program lives on with it.
      gl.deleteShader(fragment);
      const { message } = error as Error;
      // In tfjs's debug mode, the error may be that of any call before.
      if (!isAsked || message.startsWith('WebGL Error')) throw error;
      throw new StepDown(message, { cause: error });
    }
  };
}

/** Whether there is nothing to wait for any more: of a fence that has failed, stock would ask for ever. */
function isPassed(gl: WebGL2RenderingContext, fence: WebGLSync): boolean {
  const isOver = gl.clientWaitSync(fence, 0, 0) !== gl.TIMEOUT_EXPIRED;
  if (isOver) gl.deleteSync(fence);
  return isOver;
}

/** Errors of calls that have drawn or uploaded nothing; the others are those of questions. */
const spoiling = ['OUT_OF_MEMORY', 'INVALID_FRAMEBUFFER_OPERATION', 'INVALID_OPERATION'];

/** Gives up a context in which something was not drawn or uploaded; the errors that say so. */
export function giveUpIfSpoilt({ gl }: Device): string[] {
  const errors = takeErrors(gl).filter((error) => spoiling.includes(error));
  if (errors.length > 0) releaseContext(gl);
  return errors;
}

/**
 * From now on, values are given to nobody when the device reports an error that may have spoilt
 * them: nobody knows which, so that the context is given up. Errors are asked for only where
 * something is new since they last were (a texture, a program), and where a read gives zeros alone,
 * as one that has failed does.
 */
export function guardReads(gpgpu: GPGPUContext, device: Device): void {
  const { gl } = device;
  const guarded = gpgpu as unknown as StockContext;
  const { createFence } = guarded;
  const { createBufferFromTexture, downloadFloat32MatrixFromBuffer } = gpgpu;
  const { downloadMatrixFromPackedTexture } = gpgpu;
  const { downloadByteEncodedFloatMatrixFromOutputTexture } = gpgpu;
  /** What was new when a read into a buffer began. */
  const begun = new WeakMap<WebGLBuffer, number>();
  let known = -1;

  function expectDrawn(): void {
    if (device.isLost || device.news === known) return;
    const errors = giveUpIfSpoilt(device);
    if (errors.length === 0) return;
    throw new Error(`the device reports ${errors.join(', ')} for what was drawn before a read`);
  }

  function expectRead(values: Float32Array): Float32Array {
    if (device.isLost) return values;
    if (device.news !== known || values.every((value) => value === 0)) {
      const errors = takeErrors(gl);
      if (errors.length > 0) throw new Error(`the device cannot read: ${errors.join(', ')}`);
    }
    known = device.news;
    return values;
  }

  gpgpu.downloadMatrixFromPackedTexture = (...texture) => {
    expectDrawn();
    return expectRead(downloadMatrixFromPackedTexture.apply(gpgpu, texture));
  };
  gpgpu.downloadByteEncodedFloatMatrixFromOutputTexture = (...texture) => {
    expectDrawn();
    return expectRead(downloadByteEncodedFloatMatrixFromOutputTexture.apply(gpgpu, texture));
  };
  gpgpu.createBufferFromTexture = (...texture) => {
    expectDrawn();
    const buffer: WebGLBuffer | null = createBufferFromTexture.apply(gpgpu, texture);
    if (buffer === null) throw new Error('the device cannot read: it gives no buffer');
    begun.set(buffer, device.news);
    return buffer;
  };
  gpgpu.downloadFloat32MatrixFromBuffer = (buffer, size) => {
    // An error may be that of what was drawn since this read began.
    if (begun.get(buffer) !== device.news) expectDrawn();
    try {
      return expectRead(downloadFloat32MatrixFromBuffer.call(gpgpu, buffer, size));
    } catch (error) {
      gl.deleteBuffer(buffer);
      throw error;
    }
  };
  // Stock makes one for each program; draws without it would be those of another program.
  const { createVertexArray } = gpgpu;
  gpgpu.createVertexArray = () => {
    const made = createVertexArray();
    if (made === null) throw new Error('Unable to create WebGLVertexArrayObject.');
    device.noteNews();
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
