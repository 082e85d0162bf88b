/** Access to the active WebGL engine for a soak. */
import { backend, env, memory } from '@tensorflow/tfjs-core';
import { TiledWebGLBackend, tiledInfo } from '../../../src/index.js';
import type { StockInternals } from '../../../src/webgl/stock/stockInternals.js';
import type { Holdings, Product } from '../product.js';
import type { Contexts } from './contexts.js';

const LIMIT = 'TILED_GPU_BYTES_LIMIT';
const MIB = 2 ** 20;

function engine(): TiledWebGLBackend {
  const current = backend();
  if (current instanceof TiledWebGLBackend) return current;
  throw new Error('the backend in use is not the WebGL engine');
}

function contextInfo() {
  const { context } = tiledInfo();
  if (context === null) throw new Error('the backend in use is not the WebGL engine');
  return context;
}

/** Collects garbage. Returns false if the browser does not let a page do so. */
async function collect(): Promise<boolean> {
  const { gc } = globalThis as { gc?: (how: { type: 'major'; execution: 'async' }) => unknown };
  // Objects that the first collection finalizes become garbage for the second.
  for (let i = 0; i < 2; i++) {
    await gc?.({ type: 'major', execution: 'async' });
    await new Promise((resolve) => setTimeout(resolve));
  }
  return gc !== undefined;
}

export function tiledProduct(contexts: Contexts): Product {
  function holdings(): Holdings {
    const tiled = engine();
    const { device } = tiled;
    const { planes, programs } = device;
    const { numTensors, numDataBuffers, numBytes } = memory();
    const stock = tiled.getTextureManager();
    const stockPrograms = Object.keys((tiled as unknown as StockInternals).binaryCache).length;
    // finish() creates the texel that some reads need, so that every count includes this texel.
    if (!device.waitForGPU()) throw new Error('the context is lost');
    const { Texture, Program, Buffer } = contexts.live(device.gl);
    const textures = planes.textures + stock.getNumUsedTextures() + stock.getNumFreeTextures();
    return {
      tensors: numTensors,
      'data buffers': numDataBuffers,
      'bytes of tensors': numBytes,
      'records of the backend': tiled.recordCount,
      'bytes in use on the GPU': tiled.memory().numBytesInGPU,
      'plane sets': planes.setsInUse,
      'plane sets of recordings': planes.setsInArenas,
      'stock textures': stock.getNumUsedTextures(),
      'textures that nobody keeps': Texture - textures,
      'programs that nobody keeps': Program - programs.size - programs.pending - stockPrograms,
      "buffers of stock's": Buffer - device.parameters.buffers - device.readBuffers.count,
      'bytes kept on the CPU': contextInfo().keptBytes,
    };
  }

  return {
    holdings,
    async bareHoldings() {
      engine().shrink();
      const { Texture, Framebuffer } = contexts.live(engine().device.gl);
      const bare = {
        ...holdings(),
        textures: Texture,
        framebuffers: Framebuffer,
        'bytes on the GPU': tiledInfo().gpuBytes.allocated,
      };
      if (!(await collect())) return bare;
      const { kept, working } = contexts.count();
      return { ...bare, contexts: kept, 'working contexts': working };
    },
    async heap() {
      const { memory: heap } = performance as { memory?: { usedJSHeapSize: number } };
      const isCollected = await collect();
      return heap === undefined || !isCollected ? null : heap.usedJSHeapSize / MIB;
    },
    losses: () => contextInfo().losses,
    steps: () =>
      Object.fromEntries(
        tiledInfo().ladder.map(({ kernel, from, to, reason, count }) => [
          `${kernel} from ${from} to ${to}: ${reason}`,
          count,
        ]),
      ),
    peakGpuBytes: () => tiledInfo().gpuBytes.peak,
    loseContext() {
      const { gl } = engine().gpgpu;
      if (gl.isContextLost()) throw new Error('the context was lost before it was taken away');
      const extension = gl.getExtension('WEBGL_lose_context');
      if (extension === null) throw new Error('this browser cannot lose a context on purpose');
      extension.loseContext();
    },
    draws: contexts.draws,
    atDraw: contexts.atDraw,
    refuse: contexts.refuse,
    limitMemory: (bytes) => env().set(LIMIT, bytes),
    shrink: () => engine().shrink(),
  };
}
