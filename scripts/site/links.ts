/** Addresses in the site of what a Markdown file of the repository links to. */
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { Failure } from '../lib/errors.js';
import { allPages, exampleNames } from './pages.js';

/** Address of a page in the site, or of a file that the site needs as well. */
export interface Target {
  /** Address from the site's top, with the anchor. */
  readonly url: string;
  /** File or folder of the repository that the site must show or copy for it; null for a page of the table. */
  readonly needs: string | null;
}

/** True for an address with a scheme, which leads out of the site. */
export const isExternal = (address: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(address);

const pageOf = new Map(
  allPages.flatMap(({ url, source }) => (source === null ? [] : [[source, url] as const])),
);

/** True for a file that the site has as it is, instead of as a page with its text. */
export const isCopied = (path: string): boolean => /\.(svg|png|jpe?g|json)$/.test(path);

/** Address of the page that shows a file or a folder of the repository. */
export const sourceUrl = (path: string): string => `source/${path}.html`;

/**
 * Returns the address of what a file of the repository links to.
 * @param root folder of the repository
 * @param from path of the file that has the link, from the root
 * @param address the link as it is written: relative to that file, perhaps with an anchor
 * @throws Failure if the repository has no such file
 */
export function targetOf(root: string, from: string, address: string): Target {
  const [written, anchor] = address.split('#', 2);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const path = written === '' ? from : posix.join(posix.dirname(from), written).replace(/\/$/, '');
  if (path.startsWith('..') || !existsSync(join(root, path))) {
    throw new Failure(`${from} links to "${address}", and the repository has no ${path}`);
  }
  const page = pageOf.get(path);
  if (page !== undefined) return { url: `${page}${hash}`, needs: null };
  const [folder, example, ...rest] = path.split('/');
  if (folder === 'examples' && exampleNames.some((name) => name === example)) {
    const file = rest.length === 0 ? '' : `#${fileId(rest.join('/'))}`;
    return { url: `examples/${example}.html${file}`, needs: null };
  }
  const isFile = statSync(join(root, path)).isFile();
  if (isFile && isCopied(path)) return { url: `files/${path}`, needs: path };
  return { url: `${sourceUrl(path)}${hash}`, needs: path };
}

/** Anchor of a file on the page of its example. */
export const fileId = (path: string): string => path.replace(/[^\w.]+/g, '-');

/** Address of a page or file as another page of the site links to it. */
export function relativeUrl(from: string, to: string): string {
  if (isExternal(to)) return to;
  const [path, anchor] = to.split('#', 2);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (path === from) return hash === '' ? posix.basename(path) : hash;
  return `${posix.relative(posix.dirname(from), path)}${hash}`;
}
