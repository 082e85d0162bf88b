/** Errors that a kernel gets if memory is short or the device refuses textures. */

import { ContextLostError, NeedsFallback } from '../../../kernels/errors.js';
import type { Device } from '../device/device.js';
import { OutOfMemory } from '../device/memory.js';
import { type PlaneSet, Refusal } from '../device/planeSets.js';
import type { Frames } from '../frame.js';

export interface PlaneSize {
  readonly planes: number;
  readonly texWidth: number;
  readonly texHeight: number;
}

/** A device, and the frame in which it is asked for memory. */
export interface Place {
  readonly device: Device;
  readonly frames: Frames;
}

/** @param what the tensor that the planes are for, named in errors */
export function acquirePlanes(
  place: Place,
  what: string,
  { planes, texWidth, texHeight }: PlaneSize,
): PlaneSet {
  return acquiring(place, what, () => place.device.planes.acquire(planes, texWidth, texHeight));
}

/**
 * Returns the result of `acquire`.
 * @throws NeedsFallback if the device refuses, or if memory is short although all that can be made again
 *   was freed (Frame.isLastTry)
 * @throws OutOfMemory if memory is short before that
 */
export function acquiring<T>(place: Place, what: string, acquire: () => T): T {
  try {
    return acquire();
  } catch (error) {
    throw explained(place, what, error);
  }
}

/** Returns the error for a kernel that failed for want of memory; other errors as they are. */
export function explained({ device, frames }: Place, what: string, error: unknown): unknown {
  if (device.isLost)
    return new ContextLostError('textures were being allocated; predict again', { cause: error });
  if (error instanceof Refusal) return new NeedsFallback(error.message);
  if (!(error instanceof OutOfMemory)) return error;
  const message = `no memory for ${what}: ${error.message}`;
  return frames.current.isLastTry ? new NeedsFallback(message) : new OutOfMemory(message);
}
