/** Every WebGL context of a page: what was made in it, and calls of it that can be made to fail. */
import type { Refusal } from '../../soak/product.js';
import { errorQueue, type GlCall, onNewContext, replaceCall } from '../../webgl/contexts.js';
import { countLive, type Live } from '../../webgl/live.js';

const refusedCalls: Readonly<Record<Refusal, readonly GlCall[]>> = {
  'no texture': ['createTexture'],
  'no memory for a texture': ['texStorage2D', 'texStorage3D'],
  'no memory for a draw': ['drawArrays', 'drawElements'],
};

/** Lets the next `count` calls after the first `after` fail. */
interface Refusing {
  readonly how: Refusal;
  readonly after: number;
  readonly count: number;
  asked: number;
  refused: number;
}

export interface Contexts {
  /** What has been made in a context and not been deleted. */
  live(gl: WebGLRenderingContext): Live;
  /** Of all contexts that the garbage collector has left: how many, and how many are not lost. */
  count(): { readonly kept: number; readonly working: number };
  draws(): number;
  atDraw(k: number, then: () => void): () => void;
  refuse(how: Refusal, after: number, count: number): { refused(): number; end(): void };
  /** Leaves contexts to come alone. */
  end(): void;
}

/** To be called before the contexts are made. */
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
