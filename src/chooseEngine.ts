/** Choice of the engine that `tiled` runs on. */
import { env } from '@tensorflow/tfjs-core';
import { cpuEngine } from './cpuEngine.js';
import { ENGINE } from './engine/flags.js';
import type { TiledBackend } from './engines.js';
import { readCapabilities } from './webgl/device/capabilities.js';
import { createContext, releaseContext } from './webgl/device/context.js';
import { webglEngine } from './webglEngine.js';

/**
 * Creates the backend of the engine that the flag names. The value 'auto' stands for WebGL2 if a
 * hardware renderer has float render targets, and for the CPU otherwise.
 * @throws Error if the flag has an unknown value, or requests WebGL2 where WebGL2 is not available
 */
export function chooseEngine(): TiledBackend {
  const asked = env().get(ENGINE);
  const reason = `${ENGINE} is '${asked}'`;
  if (asked === 'cpu') return cpuEngine.make(reason);
  if (asked === 'webgl') return webglEngine.make(reason);
  if (asked !== 'auto') throw new Error(`${reason}; it must be 'auto', 'webgl' or 'cpu'`);
  const obstacle = whyNotWebGL();
  if (obstacle !== null) return cpuEngine.make(obstacle);
  try {
    return webglEngine.make('WebGL2 with float render targets on a hardware renderer');
  } catch (error) {
    return cpuEngine.make(error instanceof Error ? error.message : String(error));
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
