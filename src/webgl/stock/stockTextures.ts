/** Stock keeps a texture that is let go of for the next one of its size, however many sizes there were. */
import type { TextureMemory } from '../device/freeTextures.js';
import type { StockInternals, StockTexture } from './stockInternals.js';

/** Puts the free textures of a stock backend, from now on, among all of its context, to go with them. */
export function shareStockTextures(backend: StockInternals, memory: TextureMemory): void {
  const { gpgpu, textureManager: manager } = backend;
  const { acquireTexture, releaseTexture } = manager;

  manager.acquireTexture = (...request) => {
    const texture = acquireTexture.apply(manager, request);
    memory.free.take(texture);
    return texture;
  };
  manager.releaseTexture = (texture, ...as) => {
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
      // One for every size that ever was, otherwise.
      if (list.length === 0) delete lists[kind];
      break;
    }
    gpgpu.deleteMatrixTexture(texture.texture);
    manager._numBytesAllocated -= bytes;
    manager._numBytesFree -= bytes;
    manager.numFreeTextures--;
  }
}
