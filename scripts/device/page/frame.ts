/** A page of one part, in a frame that goes when the part ends, with its WebGL contexts. */
import type { FrameMessage } from '../../lib/inPage/post.js';
import type { PageError } from '../../report/page.js';

export interface FrameRun {
  /** Options of the page part.html. */
  readonly query: Readonly<Record<string, string>>;
  onProgress(text: string, done: number | null): void;
  onPartial(json: unknown): void;
  /** Ends the part; `run` then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Milliseconds without a message after which a part is given up. */
const PATIENCE_MS = 4 * 60_000;

function isError(json: unknown): json is PageError {
  return typeof json === 'object' && json !== null && 'error' in json && !('rows' in json);
}

/** Milliseconds after its load event in which a page has sent a message. */
const LOADING_MS = 10_000;

/** Milliseconds in which a browser lets go of what a page had. */
const LEAVING_MS = 300;

/** Empties the frame, so that its contexts go with its document, and removes it. */
async function leave(frame: HTMLIFrameElement): Promise<void> {
  frame.src = 'about:blank';
  await new Promise((resolve) => setTimeout(resolve, LEAVING_MS));
  frame.remove();
}

/**
 * Runs a part, and returns its result.
 * @throws Error of the part; the signal's reason; Error if the part says nothing for minutes
 */
export async function runInFrame({ query, onProgress, onPartial, signal }: FrameRun) {
  const frame = document.createElement('iframe');
  const options = new URLSearchParams({ post: 'parent', ...query });
  frame.className = 'work';
  frame.title = 'what is being measured';
  frame.tabIndex = -1;
  frame.ariaHidden = 'true';
  let timer = 0;
  let loading = 0;
  let listen: (event: MessageEvent<FrameMessage>) => void = () => {};
  let onAbort = () => {};
  try {
    return await new Promise<unknown>((resolve, reject) => {
      const wait = () => {
        clearTimeout(timer);
        const silence = `nothing happened for ${PATIENCE_MS / 60_000} minutes`;
        timer = window.setTimeout(() => reject(new Error(silence)), PATIENCE_MS);
      };
      listen = ({ source, data }) => {
        if (source !== frame.contentWindow) return;
        wait();
        frame.onload = null;
        clearTimeout(loading);
        if (data.kind === 'progress') onProgress(data.text, data.done);
        else if (data.kind === 'partial') onPartial(data.json);
        else if (isError(data.json)) reject(new Error(data.json.error));
        else resolve(data.json);
      };
      onAbort = () => reject(signal.reason);
      addEventListener('message', listen);
      signal.addEventListener('abort', onAbort);
      wait();
      const silent = () => reject(new Error('the page of this part did not load'));
      frame.onload = () => {
        loading = window.setTimeout(silent, LOADING_MS);
      };
      frame.src = `part.html?${options}`;
      document.body.append(frame);
    });
  } finally {
    clearTimeout(timer);
    clearTimeout(loading);
    removeEventListener('message', listen);
    signal.removeEventListener('abort', onAbort);
    await leave(frame);
  }
}
