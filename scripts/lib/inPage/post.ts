/**
 * Reports from a page to its server. With `post=1` in its URL, a page POSTs progress lines to
 * /progress and its JSON result to /result. Without it, the page sends nothing.
 */

const posting = new URLSearchParams(location.search).get('post') === '1';

/**
 * Promise of the last POST; chaining on it keeps the lines, and the result after them, in order.
 */
let last: Promise<void> = Promise.resolve();

function post(path: string, body: string): Promise<void> {
  if (!posting) return Promise.resolve();
  last = last.then(async () => {
    try {
      await fetch(path, { method: 'POST', body });
    } catch (error) {
      console.warn(`POST ${path}: ${error}`);
    }
  });
  return last;
}

/** Reports one line of progress. Never rejects, because a server may not accept progress. */
export function postProgress(line: string): Promise<void> {
  return post('/progress', line);
}

/** Reports the page's result, a value that JSON can hold; resolves when it has been sent. */
export function postResult(json: unknown): Promise<void> {
  return post('/result', JSON.stringify(json));
}
