/** Context that only counts its textures, and a stock texture manager in it. */
import { GpuMemory } from '../../src/webgl/context/gpuMemory.js';
import { PlanePool } from '../../src/webgl/device/planePool.js';
import type { StockInternals, StockTexture } from '../../src/webgl/stock/stockInternals.js';
import { shareStockTextures } from '../../src/webgl/stock/stockTextures.js';
import { type FakeClock, fakeClock } from './fakeClock.js';

type Manager = StockInternals['textureManager'];

/** Imitates the parts of TextureManager that matter: rows x columns values, 4 bytes each. */
function stockManager(gl: {
  deleteTexture(texture: object): void;
  createTexture(): object;
}): Manager {
  const free: Record<string, StockTexture[]> = {};
  const manager: Manager = {
    freeTextures: free,
    usedTextures: {},
    numFreeTextures: 0,
    _numBytesAllocated: 0,
    _numBytesFree: 0,
    acquireTexture([rows, columns]) {
      const key = `${rows}_${columns}`;
      if (!(key in free)) free[key] = [];
      const bytes = 4 * rows * columns;
      const kept = free[key].pop();
      if (kept !== undefined) {
        manager.numFreeTextures--;
        manager._numBytesFree -= bytes;
        return kept;
      }
      manager._numBytesAllocated += bytes;
      return { texture: gl.createTexture() as WebGLTexture };
    },
    releaseTexture(texture, [rows, columns]) {
      const key = `${rows}_${columns}`;
      if (!(key in free)) free[key] = [];
      free[key].push(texture);
      manager.numFreeTextures++;
      manager._numBytesFree += 4 * rows * columns;
    },
  };
  return manager;
}

export interface FakeTextures {
  readonly clock: FakeClock;
  readonly memory: GpuMemory;
  readonly pool: PlanePool;
  readonly stock: Manager;
  /** State of the engine. */
  readonly state: { isLost: boolean; isReading: boolean };
  /** Counts the textures of the context. */
  live(): number;
  /** Acquires a stock texture, as the backend does. */
  acquireStock(rows: number, columns: number): StockTexture;
}

export function fakeTextures(leastBytes: number): FakeTextures {
  const textures = new Set<object>();
  const gl = new Proxy(
    {
      createTexture() {
        const texture = {};
        textures.add(texture);
        return texture;
      },
      deleteTexture: (texture: object) => textures.delete(texture),
      createFramebuffer: () => ({}),
      checkFramebufferStatus: () => 'complete',
      FRAMEBUFFER_COMPLETE: 'complete',
      COLOR_ATTACHMENT0: 0,
    },
    { get: (target, name) => Reflect.get(target, name) ?? (() => undefined) },
  ) as unknown as WebGL2RenderingContext;
  const clock = fakeClock();
  const state = { isLost: false, isReading: false };
  const stock = stockManager(gl as never);
  const memory: GpuMemory = new GpuMemory(
    { clock, leastBytes },
    {
      bytes: () => pool.bytesAllocated + stock._numBytesAllocated,
      isLost: () => state.isLost,
      isReading: () => state.isReading,
    },
  );
  const pool = new PlanePool(gl, 8, memory, { storage: 'textures', precision: 'float32' });
  const gpgpu = { deleteMatrixTexture: (texture: object) => gl.deleteTexture(texture as never) };
  shareStockTextures({ gpgpu, textureManager: stock } as unknown as StockInternals, memory);
  return {
    clock,
    memory,
    pool,
    stock,
    state,
    live: () => textures.size,
    acquireStock(rows, columns) {
      const texture = stock.acquireTexture([rows, columns], null, false);
      memory.use(0);
      return texture;
    },
  };
}
