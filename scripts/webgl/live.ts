/** How many objects of a context have been made and not deleted. */
import { type GlCall, replaceCall } from './contexts.js';

const counted = ['Texture', 'Framebuffer', 'Program', 'Buffer'] as const;

export type Live = Record<(typeof counted)[number], number>;

export function countLive(gl: WebGL2RenderingContext): Live {
  const live: Live = { Texture: 0, Framebuffer: 0, Program: 0, Buffer: 0 };
  for (const kind of counted) {
    const made = new Set<unknown>();
    replaceCall(gl, `create${kind}` as GlCall, (real, args) => {
      const object = real(...args);
      if (object !== null) made.add(object);
      live[kind] = made.size;
      return object;
    });
    replaceCall(gl, `delete${kind}` as GlCall, (real, args) => {
      made.delete(args[0]);
      live[kind] = made.size;
      return real(...args);
    });
  }
  return live;
}
