/** Pauses in which the page does other work, between two pieces of measuring. */

/**
 * Maximum milliseconds between pauses in the foreground, so that progress shows and clicks work.
 */
const STRETCH_MS = 50;
/** Maximum milliseconds that a pause in the background waits for an idle moment. */
const IDLE_WITHIN_MS = 1000;
/** Milliseconds of a pause in the background if the browser does not say when it is idle. */
const REST_MS = 20;

/**
 * Returns a function to await between two pieces; in the background it waits for an idle moment.
 */
export function makePause(background: boolean): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (!background && performance.now() - since < STRETCH_MS) return;
    await new Promise<void>((resolve) => {
      if (!background) setTimeout(resolve);
      else if (typeof requestIdleCallback === 'undefined') setTimeout(resolve, REST_MS);
      else requestIdleCallback(() => resolve(), { timeout: IDLE_WITHIN_MS });
    });
    since = performance.now();
  };
}
