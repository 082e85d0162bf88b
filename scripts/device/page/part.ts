/**
 * Page of one part of the device page, in a frame of it. Option `page`: which page of a command, or of
 * the validator, does the work; its own options are beside it.
 */

import { postProgress } from '../../lib/inPage/post.js';

/** One script for all, which the browser keeps from part to part. */
const pages: Record<string, () => Promise<unknown>> = {
  describe: () => import('./describe.js'),
  check: () => import('./check.js'),
  bench: () => import('../../bench/page/bench.js'),
  models: () => import('../../bench/page/models.js'),
  host: () => import('../../bench/page/host.js'),
};

const name = new URLSearchParams(location.search).get('page') ?? '';
postProgress('starting ...').then(pages[name]);
