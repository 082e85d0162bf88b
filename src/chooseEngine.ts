/** Choice of the engine that `tiled` runs on. */
import { env } from '@tensorflow/tfjs-core';
import { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import { ENGINE } from './engine/flags.js';
import { readCapabilities } from './webgl/device/capabilities.js';
import { createContext, releaseContext } from './webgl/device/context.js';
import { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

export type Engine = 'webgl' | 'cpu';

export interface Choice {
  readonly engine: Engine;
  readonly backend: TiledWebGLBackend | TiledCPUBackend;
}

/**
 * Creates the backend of the engine that the flag names. The value 'auto' stands for WebGL2 if a
 * hardware renderer has float render targets, and for the CPU otherwise.
 * @throws Error if the flag has an unknown value, or requests WebGL2 where WebGL2 is not available
 */
export function chooseEngine(): Choice {
  const asked = env().get(ENGINE);
  const reason = `${ENGINE} is '${asked}'`;
  if (asked === 'cpu') return { engine: 'cpu', backend: new TiledCPUBackend(reason) };
  if (asked === 'webgl') return { engine: 'webgl', backend: new TiledWebGLBackend(reason) };
  if (asked !== 'auto') throw new Error(`${reason}; it must be 'auto', 'webgl' or 'cpu'`);
  const obstacle = whyNotWebGL();
  if (obstacle !== null) return { engine: 'cpu', backend: new TiledCPUBackend(obstacle) };
  try {
    const reason = 'WebGL2 with float render targets on a hardware renderer';
    return { engine: 'webgl', backend: new TiledWebGLBackend(reason) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { engine: 'cpu', backend: new TiledCPUBackend(reason) };
  }
}

/**
 * Returns the reason why WebGL cannot be used, or null. It examines a separate context, so that the
 * flags of stock 'webgl' do not change.
 */
function whyNotWebGL(): string | null {
  if (!env().getBool('IS_BROWSER')) return 'there is no browser, so no WebGL2';
  const gl = createContext();
  if (gl === null) return 'this device or browser gives no WebGL2 context';
  const { renderer, profile, floatTargets, halfTargets } = readCapabilities(gl);
  releaseContext(gl);
  if (profile.software) return `the renderer (${renderer}) is a program on the CPU`;
  return floatTargets + halfTargets > 0
    ? null
    : `the renderer (${renderer}) does not draw into float textures`;
}
