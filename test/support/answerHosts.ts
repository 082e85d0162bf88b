/** Pages of examples whose models and scripts of other hosts are answered from this repository. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Consumer, tool } from './packedSupport.js';
import { modelFiles, modelHost } from './tinyModel.js';

const headers = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

/**
 * Answers a page's requests for the model with a tiny one, and those for scripts with the packed package and
 * with copies in this repository.
 */
export async function answerHosts(page: Page, consumer: Consumer): Promise<void> {
  const files = modelFiles();
  await page.route(`${modelHost}**`, (route) => {
    const name = route.request().url().split('/').at(-1) as keyof typeof files;
    return route.fulfill({ body: files[name], headers });
  });
  await page.route('https://cdn.jsdelivr.net/npm/**', (route) => {
    const path = /npm\/((?:@[^/]+\/)?[^/@]+)@[^/]+\/?(.*)$/.exec(route.request().url());
    const [, name, file] = path as RegExpExecArray;
    const folder = name === 'tfjs-backend-tiled' ? consumer.installed : tool(name);
    // The host answers for a package alone with the file that its package.json names.
    const main = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).jsdelivr;
    return route.fulfill({ path: join(folder, file === '' ? main : file), headers });
  });
}
