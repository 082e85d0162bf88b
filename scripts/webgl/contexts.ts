/** Hooks that change the behaviour of every new WebGL2 context of a page or worker. */

type Canvas = typeof HTMLCanvasElement | typeof OffscreenCanvas;

/**
 * Calls `change` with each new context, before any other call on it. Returns a function that ends
 * this.
 */
export function onNewContext(change: (gl: WebGL2RenderingContext) => void): () => void {
  const changed = new WeakSet<WebGL2RenderingContext>();
  const undo = canvases().map(({ prototype }) => {
    const { getContext } = prototype as HTMLCanvasElement;
    prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
      const context = Reflect.apply(getContext, this, [kind, ...rest]);
      if (context instanceof WebGL2RenderingContext && !changed.has(context)) {
        changed.add(context);
        change(context);
      }
      return context;
    } as never;
    return () => {
      prototype.getContext = getContext as never;
    };
  });
  return () => {
    for (const restore of undo) restore();
  };
}

function canvases(): Canvas[] {
  return [
    ...(typeof HTMLCanvasElement === 'undefined' ? [] : [HTMLCanvasElement]),
    ...(typeof OffscreenCanvas === 'undefined' ? [] : [OffscreenCanvas]),
  ];
}

export type GlCall = {
  [K in keyof WebGL2RenderingContext]: WebGL2RenderingContext[K] extends (
    ...args: never[]
  ) => unknown
    ? K
    : never;
}[keyof WebGL2RenderingContext] &
  string;

/** Replacement for a method; `real` calls the replaced method. */
export type Instead = (real: (...args: unknown[]) => unknown, args: unknown[]) => unknown;

/** Wraps a method of one context, on top of earlier wrappers. */
export function replaceCall(gl: WebGL2RenderingContext, name: GlCall, instead: Instead): void {
  const methods = gl as unknown as Record<string, (...args: unknown[]) => unknown>;
  const method = methods[name];
  const real = (...args: unknown[]) => Reflect.apply(method, gl, args);
  methods[name] = (...args) => instead(real, args);
}

/**
 * Returns a function that adds an artificial error to a context. getError() returns artificial
 * errors first, and each one once, as WebGL does with real errors.
 */
export function errorQueue(gl: WebGL2RenderingContext): (error: GLenum) => void {
  const pending = new Set<GLenum>();
  replaceCall(gl, 'getError', (real) => {
    const [first] = pending;
    if (first === undefined) return real();
    pending.delete(first);
    return first;
  });
  return (error) => void pending.add(error);
}
