/** Capabilities of a context, read once. */
export interface Capabilities {
  /** Renderer string, unmasked where the browser allows it. */
  readonly renderer: string;
  /** True if the renderer is software that runs on the CPU. */
  readonly software: boolean;
  /** True if RGBA32F textures can be drawn into. */
  readonly floatTargets: boolean;
  /** Maximum texels across or down a plane; a texture may have one more (planeSets.ts). */
  readonly maxTextureSize: number;
  readonly maxTargets: number;
  readonly maxSamplers: number;
}

const SOFTWARE =
  /swiftshader|llvmpipe|softpipe|swrast|lavapipe|mesa offscreen|microsoft basic render|software|apple paravirtual/i;

export function isSoftwareRenderer(renderer: string): boolean {
  return SOFTWARE.test(renderer);
}

export function readCapabilities(gl: WebGL2RenderingContext): Capabilities {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return {
    renderer,
    software: isSoftwareRenderer(renderer),
    floatTargets: gl.getExtension('EXT_color_buffer_float') != null,
    maxTextureSize: gl.getParameter(gl.MAX_TEXTURE_SIZE) - 1,
    maxTargets: Math.min(
      gl.getParameter(gl.MAX_DRAW_BUFFERS),
      gl.getParameter(gl.MAX_COLOR_ATTACHMENTS),
    ),
    maxSamplers: gl.getParameter(gl.MAX_TEXTURE_IMAGE_UNITS),
  };
}
