/**
 * Sharing of stock's free textures with the memory of their context. Stock alone keeps a released
 * texture for the next request of its size, however many sizes there were.
 */
import type { TextureMemory } from '../device/freeTextures.js';
import type { StockInternals, StockTexture } from './stockInternals.js';

/** Adds textures that a stock backend releases from now on to the free textures of its context. */
export function shareStockTextures(backend: StockInternals, memory: TextureMemory): void {
  const { gpgpu, textureManager: manager } = backend;
  const { acquireTexture, releaseTexture } = manager;

  const kindOf = (shape: [number, number], usage: unknown, isPacked: boolean) =>
    `${shape}:${usage}:${isPacked}`;

  const bytesOf = ([rows, columns]: [number, number], isPacked: boolean) =>
    isPacked ? 16 * Math.ceil(rows / 2) * Math.ceil(columns / 2) : 4 * rows * columns;

  manager.acquireTexture = (...request) => {
    const { arena } = memory;
    const [shape, , isPacked] = request;
    const bytes = bytesOf(shape, isPacked);
    const resting = arena?.takeOther(kindOf(...request)) as StockTexture | undefined;
    if (resting !== undefined) {
      memory.restingBytes -= bytes;
      return resting;
    }
    const texture = acquireTexture.apply(manager, request);
    memory.free.take(texture);
    arena?.own(texture, bytes, [texture.texture], () => {
      memory.restingBytes -= bytes;
      manager.releaseTexture(texture, ...request);
    });
    return texture;
  };
  manager.releaseTexture = (texture, ...as) => {
    memory.pins.released(texture);
    if (memory.arena?.keepOther(kindOf(...as), texture)) {
      const [shape, , isPacked] = as;
      memory.restingBytes += bytesOf(shape, isPacked);
      return;
    }
    const free = manager._numBytesFree;
    releaseTexture.call(manager, texture, ...as);
    const bytes = manager._numBytesFree - free;
    if (bytes > 0) memory.letGo(texture, bytes, () => remove(texture, bytes));
  };

  function remove(texture: StockTexture, bytes: number): void {
    const lists = manager.freeTextures ?? {};
    for (const [kind, list] of Object.entries(lists)) {
      const i = list.indexOf(texture);
      if (i < 0) continue;
      list.splice(i, 1);
      // Otherwise, an empty list would stay for every size that was ever used.
      if (list.length === 0) delete lists[kind];
      break;
    }
    gpgpu.deleteMatrixTexture(texture.texture);
    manager._numBytesAllocated -= bytes;
    manager._numBytesFree -= bytes;
    manager.numFreeTextures--;
  }
}
