/**
 * Guards of what the stock backend takes for granted: that a texture has memory, and that a program
 * compiles. In a steady state, the guards send no queries to the device.
 */
import type { GPGPUContext } from '@tensorflow/tfjs-backend-webgl';
import { NeedsFallback } from '../../../kernels/errors.js';
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
