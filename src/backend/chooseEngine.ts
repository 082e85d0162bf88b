/** Which engine `tiled` runs on. */
import { env } from '@tensorflow/tfjs-core';
import { TiledCPUBackend } from './TiledCPUBackend.js';
import { TiledWebGLBackend } from './TiledWebGLBackend.js';

export type Engine = 'webgl' | 'cpu';

export interface Choice {
  readonly engine: Engine;
  readonly backend: TiledWebGLBackend | TiledCPUBackend;
}

/** WebGL2 with float render targets on a hardware renderer; the CPU everywhere else. */
export function chooseEngine(): Choice {
  const cpu = (reason: string): Choice => ({
    engine: 'cpu',
    backend: new TiledCPUBackend(reason),
  });
  if (!env().getBool('IS_BROWSER')) return cpu('there is no browser, so no WebGL2');
  let backend: TiledWebGLBackend;
  try {
    backend = new TiledWebGLBackend('WebGL2 with float render targets on a hardware renderer');
  } catch (error) {
    return cpu(error instanceof Error ? error.message : String(error));
  }
  const { software, floatTargets, renderer } = backend.device.capabilities;
  if (!software && floatTargets) return { engine: 'webgl', backend };
  backend.dispose();
  return cpu(
    software
      ? `the renderer (${renderer}) is a program on the CPU`
      : `the renderer (${renderer}) does not draw into float textures`,
  );
}
