/**
 * Guards of what the stock backend takes for granted: that a texture has memory, that a read has
 * succeeded, and that everything before the read was drawn. In a steady state, the guards send no
 * queries to the device.
 */
import type { GPGPUContext } from '@tensorflow/tfjs-backend-webgl';
import { NeedsFallback } from '../../../kernels/errors.js';
import { releaseContext } from '../device/context.js';
import type { Device } from '../device/device.js';
import { inMegabytes, OutOfMemory, takeErrors } from '../device/memory.js';
import type { StockContext, StockInternals } from './stockInternals.js';

/**
 * Makes stock throw OutOfMemory if there is no memory for a texture even after all free textures
 * were deleted, and NeedsFallback if a texture is refused for another reason. Unguarded, stock would
 * draw into a texture that does not exist.
 * @param device returns the device of the context in use
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
      // A texture that is too large is not a lack of memory.
      if (!/^Unable to create/.test(reason)) throw new NeedsFallback(reason);
    }
    backend.numBytesInGPU = inUse;
    throw new OutOfMemory(
      `cannot allocate a texture of [${shape}] values (${reason}); ` +
        `${inMegabytes(manager._numBytesAllocated)} are in stock textures and ` +
        `${inMegabytes(device().planes.bytesAllocated)} in planes already`,
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
 * Makes stock delete a program that does not link or has no vertex array.
 * @returns a function that compiles a stock program, or throws NeedsFallback if the device does not; an
 *   error from before the device is called is the fault of the program's arguments, and is rethrown
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
      // All programs share one vertex shader, once it has compiled.
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
      // A fragment shader that is part of a program lives as long as the program.
      gl.deleteShader(fragment);
      const { message } = error as Error;
      // In tfjs's debug mode, the error may come from any earlier call.
      if (!isAsked || message.startsWith('WebGL Error')) throw error;
      throw new NeedsFallback(message, { cause: error });
    }
  };
}

/** True if the fence is passed or has failed; stock would poll a failed fence for ever. */
function isPassed(gl: WebGL2RenderingContext, fence: WebGLSync): boolean {
  const isOver = gl.clientWaitSync(fence, 0, 0) !== gl.TIMEOUT_EXPIRED;
  if (isOver) gl.deleteSync(fence);
  return isOver;
}

/** Errors of calls that have drawn or uploaded nothing; all other errors come from queries. */
const spoiling = ['OUT_OF_MEMORY', 'INVALID_FRAMEBUFFER_OPERATION', 'INVALID_OPERATION'];

/** Releases a context if a draw or upload in it has failed; returns the errors that say so. */
export function giveUpIfSpoilt({ gl }: Device): string[] {
  const errors = takeErrors(gl).filter((error) => spoiling.includes(error));
  if (errors.length > 0) releaseContext(gl);
  return errors;
}

/**
 * Makes reads fail when the device reports an error that may have spoilt values. The error does not
 * tell which values, so the context is released. Errors are queried only if a texture or program is
 * new since the last query, or if a read returns nothing but zeros, as a failed read does.
 */
export function guardReads(gpgpu: GPGPUContext, device: Device): void {
  const { gl } = device;
  const guarded = gpgpu as unknown as StockContext;
  const { createFence } = guarded;
  const { createBufferFromTexture, downloadFloat32MatrixFromBuffer } = gpgpu;
  const { downloadMatrixFromPackedTexture } = gpgpu;
  const { downloadByteEncodedFloatMatrixFromOutputTexture } = gpgpu;
  /** The value of `device.resourceEpoch` when a read into a buffer began. */
  const begun = new WeakMap<WebGLBuffer, number>();
  let known = -1;

  function expectDrawn(): void {
    if (device.isLost || device.resourceEpoch === known) return;
    const errors = giveUpIfSpoilt(device);
    if (errors.length === 0) return;
    throw new Error(`the device reports ${errors.join(', ')} for what was drawn before a read`);
  }

  function expectRead(values: Float32Array): Float32Array {
    if (device.isLost) return values;
    if (device.resourceEpoch !== known || values.every((value) => value === 0)) {
      const errors = takeErrors(gl);
      if (errors.length > 0) throw new Error(`the device cannot read: ${errors.join(', ')}`);
    }
    known = device.resourceEpoch;
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
    begun.set(buffer, device.resourceEpoch);
    return buffer;
  };
  gpgpu.downloadFloat32MatrixFromBuffer = (buffer, size) => {
    // An error may come from a draw since this read began.
    if (begun.get(buffer) !== device.resourceEpoch) expectDrawn();
    try {
      return expectRead(downloadFloat32MatrixFromBuffer.call(gpgpu, buffer, size));
    } catch (error) {
      gl.deleteBuffer(buffer);
      throw error;
    }
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
