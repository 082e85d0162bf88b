/** The device in the context of a stock backend, with the memory of all textures that there will be. */

import type { Keeping } from '../../engine/memoryBound.js';
import { releaseContext } from '../device/context.js';
import { Device } from '../device/device.js';
import type { StockInternals } from '../stock/stockInternals.js';
import { shareStockTextures } from '../stock/stockTextures.js';
import { GpuMemory } from './gpuMemory.js';

/**
 * @param isReading whether values are being read
 * @throws Error where it does not draw into float textures; the context is given back then
 */
export function openDevice(
  backend: StockInternals,
  keeping: Keeping,
  isReading: () => boolean,
): Device {
  const { gpgpu, textureManager } = backend;
  const context = gpgpu.gl as WebGL2RenderingContext;
  const memory = new GpuMemory(keeping, {
    bytes: () => device.planes.bytesAllocated + textureManager._numBytesAllocated,
    isLost: () => device.isLost,
    isReading,
  });
  let device: Device;
  try {
    device = new Device(context, memory);
    const { floatTargets, renderer } = device.capabilities;
    if (!floatTargets && !device.isLost) {
      // Stock's half floats would give 3 digits where this engine promises 7.
      throw new Error(`tiled-webgl: the renderer (${renderer}) does not draw into float textures`);
    }
  } catch (error) {
    releaseContext(context);
    throw error;
  }
  shareStockTextures(backend, memory);
  return device;
}
