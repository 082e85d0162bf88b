/** Hands every new WebGL2 context of a page or a worker to somebody who changes what it can do. */

type Canvas = typeof HTMLCanvasElement | typeof OffscreenCanvas;

/** Calls back with each new context, before its first call; returns what ends it. */
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

/** What is called in place of a method; `real` is the method. */
export type Instead = (real: (...args: unknown[]) => unknown, args: unknown[]) => unknown;

/** Puts something in front of a method of one context, on top of what is there already. */
export function replaceCall(gl: WebGL2RenderingContext, name: GlCall, instead: Instead): void {
  const methods = gl as unknown as Record<string, (...args: unknown[]) => unknown>;
  const method = methods[name];
  const real = (...args: unknown[]) => Reflect.apply(method, gl, args);
  methods[name] = (...args) => instead(real, args);
}

/** Errors that were not the context's own: getError() gives them first, each once, as WebGL does. */
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
