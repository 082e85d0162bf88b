/** Frame of every page: head, navigation, contents, footer. */
import { escaped } from '../report/html.js';
import { relativeUrl } from './links.js';
import type { Heading } from './markdown.js';
import { allPages, type PageRow, sections } from './pages.js';

export interface Page {
  /** Address in the site, from its top. */
  readonly url: string;
  readonly title: string;
  /** One or two sentences for search engines and previews. */
  readonly summary: string;
  /** HTML of the main part, with its h1. */
  readonly html: string;
  readonly headings: readonly Heading[];
}

const NAME = 'tfjs-backend-tiled';

/** Longest summary, in characters. */
const SUMMARY_LENGTH = 200;

/** Number of sections of a page from which on it has a list of them. */
const FEWEST_SECTIONS = 3;

function navigation(url: string): string {
  const link = ({ url: to, label }: PageRow) => {
    const current = to === url ? ' aria-current="page"' : '';
    return `<li><a href="${relativeUrl(url, to)}"${current}>${escaped(label)}</a></li>`;
  };
  const groups = sections.map(
    ({ title, pages }) => `<p>${title}</p><ul>${pages.map(link).join('')}</ul>`,
  );
  // A popover that a wide window shows at all times (site.css), so that no script is needed.
  return `<nav id="menu" popover aria-label="Site">${groups.join('\n')}</nav>`;
}

function contents(headings: readonly Heading[]): string {
  const shown = headings.filter(({ depth }) => depth === 2);
  if (shown.length < FEWEST_SECTIONS) return '';
  const items = shown.map(({ id, html }) => `<li><a href="#${id}">${html}</a></li>`);
  return `<nav class="contents" aria-label="On this page"><details><summary>On this page</summary>
<ul>${items.join('')}</ul></details></nav>\n`;
}

/** Links to the pages before and after this one in its section. */
function neighbours(url: string): string {
  const { pages } = sections.find((section) => section.pages.some((row) => row.url === url)) ?? {
    pages: [],
  };
  const at = pages.findIndex((row) => row.url === url);
  const link = (row: PageRow | undefined, rel: string, text: string) =>
    row === undefined
      ? ''
      : `<a rel="${rel}" href="${relativeUrl(url, row.url)}"><span>${text}</span> ${escaped(row.label)}</a>`;
  const both = [link(pages[at - 1], 'prev', 'Before:'), link(pages[at + 1], 'next', 'Next:')];
  return at < 0
    ? ''
    : `<nav class="neighbours" aria-label="Neighbouring pages">${both.join('')}</nav>`;
}

/** Returns the summary, cut at a word. */
function shortened(summary: string): string {
  if (summary.length <= SUMMARY_LENGTH) return summary;
  return `${summary.slice(0, summary.lastIndexOf(' ', SUMMARY_LENGTH))} …`;
}

/** Returns the document of a page. @param version of the package */
export function documentOf({ url, title, summary, html, headings }: Page, version: string): string {
  const to = (target: string) => relativeUrl(url, target);
  const isStart = url === allPages[0].url;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escaped(shortened(summary))}">
<title>${escaped(isStart ? NAME : `${title} · ${NAME}`)}</title>
<link rel="icon" href="${to('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${to('site.css')}">
<script defer src="${to('site.js')}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header><a class="name" href="${to('index.html')}">${NAME}</a> <span>${version}</span>
<button type="button" class="menu" popovertarget="menu">Menu</button></header>
<div class="columns">
${navigation(url)}
<main id="main" tabindex="-1">
${contents(headings)}${html}
${neighbours(url)}
</main>
</div>
<footer><p>${NAME} ${version}, Apache-2.0. <a href="${to('changelog.html')}">Changes</a>,
<a href="${to('security.html')}">security</a>, <a href="${to('LICENSE.txt')}">license</a>.</p></footer>
</body>
</html>
`;
}
