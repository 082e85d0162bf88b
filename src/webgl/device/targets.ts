/** Number of textures that one draw can write, which depends on their format. */

import { errorsOf } from './memory.js';
import { attachments } from './planeSets.js';

/** Maximum number of targets that our programs write. */
const MOST_TARGETS = 8;

/**
 * Returns the largest number of textures of a format that a device draws into at once. Asks for the
 * status of framebuffers, and draws nothing: a device may report more draw buffers than it has memory
 * for in a pixel. A framebuffer that is incomplete for want of memory tells nothing, and a device that
 * refuses even one texture is taken at its word only when a draw needs it.
 * @param format a format that the device can draw into
 * @param most number of draw buffers that the device reports
 */
export function mostTargets(gl: WebGL2RenderingContext, format: GLenum, most: number): number {
  let found = 1;
  errorsOf(gl, () => {
    found = supportedTargets(gl, format, most);
  });
  return found;
}

function supportedTargets(gl: WebGL2RenderingContext, format: GLenum, most: number): number {
  const textures: WebGLTexture[] = [];
  const framebuffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  try {
    const counts = [Math.min(most, MOST_TARGETS), 4, 2, 1].filter((count) => count <= most);
    for (let i = 0; i < counts[0]; i++) textures.push(attach(gl, format, i));
    let attached = counts[0];
    for (const count of counts) {
      for (; attached > count; attached--) {
        const place = gl.COLOR_ATTACHMENT0 + attached - 1;
        gl.framebufferTexture2D(gl.FRAMEBUFFER, place, gl.TEXTURE_2D, null, 0);
      }
      gl.drawBuffers(attachments(gl, count));
      const status = gl.checkFramebufferStatus(gl.FRAMEBUFFER);
      if (status !== gl.FRAMEBUFFER_UNSUPPORTED || gl.isContextLost()) return count;
    }
    return 1;
  } finally {
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.deleteFramebuffer(framebuffer);
    for (const texture of textures) gl.deleteTexture(texture);
  }
}

function attach(gl: WebGL2RenderingContext, format: GLenum, index: number): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, format, 1, 1);
  const place = gl.COLOR_ATTACHMENT0 + index;
  gl.framebufferTexture2D(gl.FRAMEBUFFER, place, gl.TEXTURE_2D, texture, 0);
  return texture;
}
