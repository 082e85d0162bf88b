/** Counts of a context's live objects: created and not deleted. */
import { type GlCall, replaceCall } from './contexts.js';

/** Methods that create and delete each kind of object. */
const counted = {
  Texture: ['createTexture', 'deleteTexture'],
  Framebuffer: ['createFramebuffer', 'deleteFramebuffer'],
  Program: ['createProgram', 'deleteProgram'],
  Shader: ['createShader', 'deleteShader'],
  Buffer: ['createBuffer', 'deleteBuffer'],
  VertexArray: ['createVertexArray', 'deleteVertexArray'],
  Sync: ['fenceSync', 'deleteSync'],
  Query: ['createQuery', 'deleteQuery'],
} as const satisfies Record<string, readonly [GlCall, GlCall]>;

export type LiveKind = keyof typeof counted;

export type Live = Record<LiveKind, number>;

export const liveKinds = Object.keys(counted) as LiveKind[];

/** Wraps a context's methods and returns live counts, which change with every call. */
export function countLive(gl: WebGL2RenderingContext): Live {
  const live = Object.fromEntries(liveKinds.map((kind) => [kind, 0])) as Live;
  for (const kind of liveKinds) {
    const made = new Set<unknown>();
    const [create, remove] = counted[kind];
    replaceCall(gl, create, (real, args) => {
      const object = real(...args);
      if (object !== null) made.add(object);
      live[kind] = made.size;
      return object;
    });
    replaceCall(gl, remove, (real, args) => {
      made.delete(args[0]);
      live[kind] = made.size;
      return real(...args);
    });
  }
  return live;
}
