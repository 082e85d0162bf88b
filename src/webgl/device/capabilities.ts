/** Capabilities of a context, read once. */
import type { DeviceProfile } from '../../../kernels/webgl/deviceProfile.js';
import { profileOf } from '../../../kernels/webgl/devices.js';
import { mostTargets } from './targets.js';

export interface Capabilities {
  /** Renderer string, unmasked where the browser allows it. */
  readonly renderer: string;
  /** Charges and limits of its family. */
  readonly profile: DeviceProfile;
  /** Number of RGBA32F textures that one draw can write; 0 if there are none. */
  readonly floatTargets: number;
  /** Number of RGBA16F textures that one draw can write; 0 if there are none. */
  readonly halfTargets: number;
  /** Maximum texels across or down a plane; a texture may have one more (planeSets.ts). */
  readonly maxTextureSize: number;
  readonly maxSamplers: number;
  /** Maximum bytes of a uniform block. */
  readonly maxBlockBytes: number;
  /** Bytes of which the start of a uniform block in a buffer is a multiple. */
  readonly blockAlignment: number;
}

export function readCapabilities(gl: WebGL2RenderingContext): Capabilities {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  const rendersFloat = gl.getExtension('EXT_color_buffer_float') != null;
  const rendersHalf = gl.getExtension('EXT_color_buffer_half_float') != null;
  const most = Math.min(
    gl.getParameter(gl.MAX_DRAW_BUFFERS),
    gl.getParameter(gl.MAX_COLOR_ATTACHMENTS),
  );
  return {
    renderer,
    profile: profileOf(renderer),
    floatTargets: rendersFloat ? mostTargets(gl, gl.RGBA32F, most) : 0,
    halfTargets: rendersFloat || rendersHalf ? mostTargets(gl, gl.RGBA16F, most) : 0,
    maxTextureSize: gl.getParameter(gl.MAX_TEXTURE_SIZE) - 1,
    maxSamplers: gl.getParameter(gl.MAX_TEXTURE_IMAGE_UNITS),
    maxBlockBytes: gl.getParameter(gl.MAX_UNIFORM_BLOCK_SIZE) ?? 0,
    blockAlignment: gl.getParameter(gl.UNIFORM_BUFFER_OFFSET_ALIGNMENT) ?? 256,
  };
}
