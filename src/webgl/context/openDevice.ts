/** The device in the context of a stock backend, and the memory of all its textures. */

import { env } from '@tensorflow/tfjs-core';
import { checkPrecision, PLANE_STORAGE, PRECISION } from '../../engine/flags.js';
import type { Keeping } from '../../engine/memoryBound.js';
import { releaseContext } from '../device/context.js';
import { Device, type StorageChoice } from '../device/device.js';
import type { PrecisionChoice } from '../device/precision.js';
import type { StockInternals } from '../stock/stockInternals.js';
import { shareStockTextures } from '../stock/stockTextures.js';
import { GpuMemory } from './gpuMemory.js';

/**
 * @param isReading returns true while values are being read
 * @throws Error if the context does not draw into float textures; the context is released then
 */
export function openDevice(
  backend: StockInternals,
  keeping: Keeping,
  isReading: () => boolean,
): Device {
  const { gpgpu, textureManager } = backend;
  const context = gpgpu.gl as WebGL2RenderingContext;
  const memory = new GpuMemory(keeping, {
    bytes: () =>
      device.planes.bytesAllocated +
      device.weights.bytesAllocated +
      textureManager._numBytesAllocated,
    isLost: () => device.isLost,
    isReading,
  });
  let device: Device;
  try {
    const storage = env().getString(PLANE_STORAGE) as StorageChoice;
    const precision = env().getString(PRECISION) as PrecisionChoice;
    checkPrecision(precision);
    device = new Device(context, memory, storage, precision);
    const { floatTargets, halfTargets, renderer } = device.capabilities;
    if (floatTargets + halfTargets === 0 && !device.isLost) {
      throw new Error(`tiled-webgl: the renderer (${renderer}) does not draw into float textures`);
    }
  } catch (error) {
    releaseContext(context);
    throw error;
  }
  shareStockTextures(backend, memory);
  return device;
}
