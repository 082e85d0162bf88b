/** What a lack of memory, and a refusal by the device, mean to a kernel. */

import { ContextLostError, StepDown } from '../../../kernels/errors.js';
import type { Device } from '../device/device.js';
import { OutOfMemory } from '../device/memory.js';
import { type PlaneSet, Refusal } from '../device/planeSets.js';

export interface PlaneSize {
  readonly planes: number;
  readonly texWidth: number;
  readonly texHeight: number;
}

/** @param what the tensor that they are for, for the error */
export function acquirePlanes(
  device: Device,
  what: string,
  { planes, texWidth, texHeight }: PlaneSize,
): PlaneSet {
  return acquiring(device, what, () => device.planes.acquire(planes, texWidth, texHeight));
}

/**
 * What `acquire` gives. A refusal by the device is a step down; so is a lack of memory once all
 * that can be made again was freed (Device.isShort), and before that it is an OutOfMemory.
 */
export function acquiring<T>(device: Device, what: string, acquire: () => T): T {
  try {
    return acquire();
  } catch (error) {
    if (device.isLost)
      throw new ContextLostError('textures were being allocated; predict again', { cause: error });
    if (error instanceof Refusal) throw new StepDown(error.message);
    if (!(error instanceof OutOfMemory)) throw error;
    const message = `no memory for ${what}: ${error.message}`;
    throw device.isShort ? new StepDown(message) : new OutOfMemory(message);
  }
}
