/** Simulates a device with little memory, which refuses further textures as a driver would. */
import { errorQueue, replaceCall } from './contexts.js';

const TEXEL_BYTES = new Map<number, number>([
  [WebGL2RenderingContext.RGBA32F, 16],
  [WebGL2RenderingContext.R32F, 4],
  [WebGL2RenderingContext.RGBA8, 4],
]);

export interface DeviceMemory {
  /** Bytes of all existing textures. */
  readonly bytes: number;
  /** Number of refused textures. */
  readonly refused: number;
}

/**
 * Limits the texture memory of a context.
 * @param limit bytes that all textures together may have
 */
export function limitMemory(gl: WebGL2RenderingContext, limit: number): DeviceMemory {
  const memory = { bytes: 0, refused: 0 };
  const raise = errorQueue(gl);
  const sizes = new Map<unknown, number>();
  let bound: unknown = null;
  replaceCall(gl, 'bindTexture', (real, args) => {
    bound = args[1];
    return real(...args);
  });
  for (const name of ['texStorage2D', 'texStorage3D'] as const) {
    replaceCall(gl, name, (real, args) => {
      const [, , format, width, height, layers = 1] = args as number[];
      const size = width * height * layers * (TEXEL_BYTES.get(format) ?? 16);
      if (memory.bytes + size > limit) {
        memory.refused++;
        return raise(gl.OUT_OF_MEMORY);
      }
      sizes.set(bound, size);
      memory.bytes += size;
      return real(...args);
    });
  }
  replaceCall(gl, 'deleteTexture', (real, args) => {
    memory.bytes -= sizes.get(args[0]) ?? 0;
    sizes.delete(args[0]);
    return real(...args);
  });
  return memory;
}
