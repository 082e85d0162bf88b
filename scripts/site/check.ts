/** Check of a site's documents: every link leads to a file, and every anchor to an element. */
import { posix } from 'node:path';
import { isExternal } from './links.js';

/** Returns the attributes of all tags; the site has no script or style inside of a document. */
function attributesOf(html: string): [name: string, value: string][] {
  const found: [string, string][] = [];
  for (const [tag] of html.matchAll(/<[a-z][^>]*>/g)) {
    for (const [, name, value] of tag.matchAll(/\s([a-z-]+)="([^"]*)"/g)) found.push([name, value]);
  }
  return found;
}

/**
 * Returns a line for each link that leads nowhere, and for each id that a document has twice.
 * @param files all files of the site, by address; only documents need their text
 */
export function brokenLinks(files: ReadonlyMap<string, string | Uint8Array>): string[] {
  const documents = [...files].flatMap(([url, text]) =>
    url.endsWith('.html') && typeof text === 'string' ? [[url, attributesOf(text)] as const] : [],
  );
  const idsOf = new Map(
    documents.map(([url, all]) => [
      url,
      all.filter(([name]) => name === 'id').map(([, value]) => value),
    ]),
  );
  const broken: string[] = [];
  for (const [url, all] of documents) {
    const ids = idsOf.get(url) ?? [];
    for (const id of new Set(ids.filter((one, i) => ids.indexOf(one) !== i))) {
      broken.push(`${url} has the id "${id}" twice`);
    }
    for (const [name, value] of all) {
      if ((name !== 'href' && name !== 'src') || isExternal(value)) continue;
      const [path, anchor] = value.replaceAll('&amp;', '&').split('#', 2);
      const to = path === '' ? url : posix.join(posix.dirname(url), path);
      if (!files.has(to)) broken.push(`${url} links to ${value}, and the site has no ${to}`);
      else if (anchor !== undefined && !idsOf.get(to)?.includes(decodeURIComponent(anchor))) {
        broken.push(`${url} links to ${value}, and ${to} has no such anchor`);
      }
    }
  }
  return broken;
}
