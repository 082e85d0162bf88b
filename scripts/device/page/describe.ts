/** Page that describes the device, in words of the browser, of WebGL and of tiledInfo(). */
import { version_webgl } from '@tensorflow/tfjs-backend-webgl';
import { conv2d, ones, type Tensor4D, tidy, version_core } from '@tensorflow/tfjs-core';
import { version } from '../../../package.json';
import { tiledInfo } from '../../../src/index.js';
import { mostTargets } from '../../../src/webgl/device/targets.js';
import { useBackend } from '../../lib/inPage/backends.js';
import { describeDevice } from '../../lib/inPage/device.js';
import { showResult } from '../../lib/inPage/showResult.js';
import type { DeviceDescription } from '../results.js';

const limitNames = [
  'MAX_TEXTURE_SIZE',
  'MAX_ARRAY_TEXTURE_LAYERS',
  'MAX_DRAW_BUFFERS',
  'MAX_COLOR_ATTACHMENTS',
  'MAX_TEXTURE_IMAGE_UNITS',
  'MAX_UNIFORM_BLOCK_SIZE',
  'MAX_FRAGMENT_UNIFORM_VECTORS',
  'UNIFORM_BUFFER_OFFSET_ALIGNMENT',
] as const;

function openContext(): WebGL2RenderingContext {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (gl === null) throw new Error('this browser gives no WebGL2 context');
  return gl;
}

/** Returns the number of textures of each format that one draw can write. */
function targetsOf(gl: WebGL2RenderingContext): Record<string, number> {
  const float = gl.getExtension('EXT_color_buffer_float') !== null;
  const half = float || gl.getExtension('EXT_color_buffer_half_float') !== null;
  const most = Math.min(
    gl.getParameter(gl.MAX_DRAW_BUFFERS),
    gl.getParameter(gl.MAX_COLOR_ATTACHMENTS),
  );
  return {
    RGBA32F: float ? mostTargets(gl, gl.RGBA32F, most) : 0,
    RGBA16F: half ? mostTargets(gl, gl.RGBA16F, most) : 0,
    RGBA8: mostTargets(gl, gl.RGBA8, most),
  };
}

function shaderBits(gl: WebGL2RenderingContext): Record<string, number> {
  const bits = (format: GLenum) =>
    gl.getShaderPrecisionFormat(gl.FRAGMENT_SHADER, format)?.precision;
  return {
    highp: bits(gl.HIGH_FLOAT) ?? 0,
    mediump: bits(gl.MEDIUM_FLOAT) ?? 0,
    lowp: bits(gl.LOW_FLOAT) ?? 0,
  };
}

/** Milliseconds for which the clock is watched. */
const WATCHED_MS = 30;

function clockMs(): number {
  let least = Number.POSITIVE_INFINITY;
  const start = performance.now();
  for (let last = start; last - start < WATCHED_MS; ) {
    const now = performance.now();
    if (now > last) least = Math.min(least, now - last);
    last = now;
  }
  return least;
}

/** Fields that only some browsers have. */
interface Machine {
  readonly deviceMemory?: number;
  readonly userAgentData?: {
    readonly mobile: boolean;
    readonly platform: string;
    getHighEntropyValues(names: string[]): Promise<Record<string, unknown>>;
  };
}

async function machine(): Promise<Record<string, unknown>> {
  const { deviceMemory, userAgentData } = navigator as Machine;
  const names = ['architecture', 'model', 'platformVersion', 'fullVersionList'];
  const told = await userAgentData?.getHighEntropyValues(names).catch(() => ({}));
  return {
    threads: navigator.hardwareConcurrency,
    memoryGb: deviceMemory ?? null,
    screen: [screen.width, screen.height, devicePixelRatio],
    platform: userAgentData?.platform ?? null,
    ...told,
    isIsolated: crossOriginIsolated,
    opened: location.protocol,
  };
}

/** Returns tiledInfo() of the backend after a convolution. */
async function infoOfTiled(): Promise<DeviceDescription['tiledInfo']> {
  try {
    await useBackend('tiled-webgl');
    tidy(() => {
      const x = ones([1, 16, 16, 8]) as Tensor4D;
      conv2d(x, ones([3, 3, 8, 8]) as Tensor4D, 1, 'same').dataSync();
    });
    return { ...tiledInfo('tiled-webgl') };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function describe(): Promise<DeviceDescription> {
  const gl = openContext();
  const limits = limitNames.map((name) => [name, gl.getParameter(gl[name])]);
  const description = {
    ...describeDevice(),
    machine: await machine(),
    limits: Object.fromEntries(limits),
    targets: targetsOf(gl),
    shaderBits: shaderBits(gl),
    hasTimerQueries: gl.getExtension('EXT_disjoint_timer_query_webgl2') !== null,
    extensions: gl.getSupportedExtensions() ?? [],
    clockMs: clockMs(),
    versions: { tiled: version, 'tfjs-core': version_core, 'tfjs-backend-webgl': version_webgl },
  };
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return { ...description, tiledInfo: await infoOfTiled() };
}

showResult(describe);
