import { h } from '../../report/html.js';
import type { PageError } from '../../report/page.js';
import { toElement } from './element.js';
import { postResult } from './post.js';

/**
 * Shows and posts the result of a page's run, a value that JSON can hold, or the error if it
 * failed.
 */
export async function showResult(run: () => Promise<unknown>): Promise<void> {
  try {
    const result = await run();
    document.body.replaceChildren(toElement(h('pre', {}, JSON.stringify(result, null, 2))));
    await postResult(result);
  } catch (error) {
    console.error(error);
    document.body.textContent = String(error);
    const { stack } = error as Error;
    await postResult({ error: stack ?? String(error) } satisfies PageError);
  }
}
