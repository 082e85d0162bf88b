/** Giving the page its turn between two pieces of measuring. */

/** Longest stretch without a turn for others in the foreground, in ms: progress shows, clicks work. */
const STRETCH_MS = 50;
/** In the background the wait for an idle moment ends after this many ms. */
const IDLE_WITHIN_MS = 1000;
/** Between two pieces where the browser does not say when it is idle. */
const REST_MS = 20;

/** A function to await between two pieces: in the background each waits for an idle moment. */
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
