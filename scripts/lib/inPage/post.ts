/**
 * Reports from a page to whoever opened it. With `post=1` in its URL, a page POSTs progress lines to
 * /progress of its server and its JSON result to /result; with `post=parent`, it sends them, and parts
 * of its result, to the page in whose frame it is. Otherwise it sends nothing.
 */

/** Message from a page to the page in whose frame it is. */
export type FrameMessage =
  /** `done` is the finished part of the work, from 0 to 1; null if it is not known. */
  | { readonly kind: 'progress'; readonly text: string; readonly done: number | null }
  | { readonly kind: 'partial' | 'result'; readonly json: unknown };

const to = new URLSearchParams(location.search).get('post');

/**
 * Promise of the last POST; chaining on it keeps the lines, and the result after them, in order.
 */
let last: Promise<void> = Promise.resolve();

function post(path: string, body: string): Promise<void> {
  if (to !== '1') return Promise.resolve();
  last = last.then(async () => {
    try {
      await fetch(path, { method: 'POST', body });
    } catch (error) {
      console.warn(`POST ${path}: ${error}`);
    }
  });
  return last;
}

function tell(message: FrameMessage): void {
  // A page that was opened from a file has no origin that could be named.
  if (to === 'parent') parent.postMessage(message, '*');
}

if (to === 'parent') {
  const fail = (reason: unknown) => {
    const { stack, message = String(reason) } = (reason ?? {}) as Partial<Error>;
    tell({ kind: 'result', json: { error: stack ?? message } });
  };
  addEventListener('error', ({ error, message }) => fail(error ?? message));
  addEventListener('unhandledrejection', ({ reason }) => fail(reason));
}

/** Milliseconds in which a page shows a line, before work may block the thread that both pages share. */
const PAINT_MS = 30;

const painted = () => new Promise<void>((resolve) => setTimeout(resolve, PAINT_MS));

/**
 * Reports one line of progress. Never rejects, because a server may not accept progress.
 * @param done finished part of the work, from 0 to 1
 */
export function postProgress(line: string, done: number | null = null): Promise<void> {
  tell({ kind: 'progress', text: line, done });
  return to === 'parent' ? painted() : post('/progress', line);
}

/** Sends what there is of the result to the page in whose frame this is. */
export function postPartial(json: unknown): void {
  tell({ kind: 'partial', json });
}

/** Reports the page's result, a value that JSON can hold; resolves when it has been sent. */
export function postResult(json: unknown): Promise<void> {
  tell({ kind: 'result', json });
  return post('/result', JSON.stringify(json));
}
