/**
 * A watch on every WebGL context of a page: counts its live objects, and can make its calls fail.
 */

import {
  errorQueue,
  type GlCall,
  onNewContext,
  replaceCall,
} from '../../../scripts/webgl/contexts.js';
import { countLive, type Live } from '../../../scripts/webgl/live.js';
import type { Refusal } from '../product.js';

const refusedCalls: Readonly<Record<Refusal, readonly GlCall[]>> = {
  'no texture': ['createTexture'],
  'no memory for a texture': ['texStorage2D', 'texStorage3D'],
  'no memory for a draw': ['drawArrays', 'drawElements'],
};

/** A request to make the next `count` calls fail, after the first `after` calls. */
interface Refusing {
  readonly how: Refusal;
  readonly after: number;
  readonly count: number;
  asked: number;
  refused: number;
}

export interface Contexts {
  /** Returns counts of the objects made in a context and not yet deleted. */
  live(gl: WebGLRenderingContext): Live;
  /**
   * Returns the number of contexts not yet garbage-collected, and how many of them are not lost.
   */
  count(): { readonly kept: number; readonly working: number };
  draws(): number;
  atDraw(k: number, then: () => void): () => void;
  refuse(how: Refusal, after: number, count: number): { refused(): number; end(): void };
  /** Stops watching contexts that are created later. */
  end(): void;
}

/** Starts watching. The caller must call this before it creates the contexts. */
export function watchContexts(): Contexts {
  const all: WeakRef<WebGLRenderingContext>[] = [];
  const lives = new WeakMap<WebGLRenderingContext, Live>();
  let draws = 0;
  let strike: { readonly at: number; happen(): void } | null = null;
  let refusing: Refusing | null = null;

  function isRefused(how: Refusal): boolean {
    if (refusing?.how !== how) return false;
    const { asked, after, refused, count } = refusing;
    refusing.asked++;
    if (asked < after || refused >= count) return false;
    refusing.refused++;
    return true;
  }

  const end = onNewContext((gl) => {
    const raise = errorQueue(gl);
    for (const call of ['drawArrays', 'drawElements'] as const) {
      replaceCall(gl, call, (real, args) => {
        draws++;
        if (draws === strike?.at) strike.happen();
        return real(...args);
      });
    }
    for (const [how, calls] of Object.entries(refusedCalls) as [Refusal, GlCall[]][]) {
      for (const call of calls) {
        replaceCall(gl, call, (real, args) => {
          if (!isRefused(how)) return real(...args);
          return how === 'no texture' ? null : raise(gl.OUT_OF_MEMORY);
        });
      }
    }
    all.push(new WeakRef(gl));
    lives.set(gl, countLive(gl));
  });

  return {
    live: (gl) => ({ ...(lives.get(gl) as Live) }),
    count() {
      const kept = all.flatMap((context) => context.deref() ?? []);
      return { kept: kept.length, working: kept.filter((gl) => !gl.isContextLost()).length };
    },
    draws: () => draws,
    atDraw(k, then) {
      strike = { at: draws + k, happen: then };
      return () => {
        strike = null;
      };
    },
    refuse(how, after, count) {
      const own = { how, after, count, asked: 0, refused: 0 };
      refusing = own;
      return {
        refused: () => own.refused,
        end() {
          refusing = null;
        },
      };
    },
    end,
  };
}
