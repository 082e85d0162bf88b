/** Building blocks that all HTML reports share. */
import { type Child, h, type Tree, toHTML } from './html.js';

/** Returns the text of a self-contained document. */
export function htmlDocument(title: string, style: string, body: readonly Child[]): string {
  const head = [
    h('meta', { charset: 'utf-8' }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('link', { rel: 'icon', href: 'data:,' }),
    h('title', {}, title),
    h('style', {}, style),
  ];
  const page = h('html', { lang: 'en' }, h('head', {}, ...head), h('body', {}, ...body));
  return `<!doctype html>\n${toHTML(page)}\n`;
}

/** Makes a table in a scrolling box, with a class for each row where given. */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly Child[])[],
  classOf: (row: number) => string | undefined = () => undefined,
): Tree {
  const line = (cells: readonly Child[], i: number) =>
    h('tr', { class: classOf(i) }, ...cells.map((cell) => h('td', {}, cell)));
  const first = h('tr', {}, ...head.map((cell) => h('th', {}, cell)));
  // A parser would add the tbody, so without it elements and text would differ.
  const table = h('table', {}, h('tbody', {}, first, ...rows.map(line)));
  return h('div', { class: 'scroll' }, table);
}

export function card(title: string, ...body: readonly Child[]): Tree {
  return h('section', { class: 'card' }, h('h2', {}, title), ...body);
}

/** Makes a paragraph of small print. */
export function soft(text: string): Tree {
  return h('p', { class: 'soft' }, text);
}

/**
 * Makes a bar.
 * @param part length as a fraction of the longest bar's, beside which is room for the text
 */
export function bar(name: string, part: number, text: string, isAccent: boolean): Tree {
  const width = `width:calc((100% - var(--beside, 5.5rem)) * ${part.toFixed(4)})`;
  return h(
    'div',
    { class: 'bar' },
    h('span', {}, name),
    h(
      'span',
      { class: isAccent ? 'track ours' : 'track' },
      h('i', { style: width }),
      h('b', {}, text),
    ),
  );
}

/** True for the name of a tiled backend. */
export const isOurs = (backend: string): boolean => backend.startsWith('tiled');
