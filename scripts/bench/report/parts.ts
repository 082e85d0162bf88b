/** Parts of reports that need the benchmark's style sheet. */
import { h, type Tree } from '../../report/html.js';

/** @param colours names of colours in the style sheet, one for each name or more */
export function legend(names: readonly string[], colours: readonly string[]): Tree {
  const keys = names.map((name, i) => h('span', { style: `--key:var(--${colours[i]})` }, name));
  return h('div', { class: 'legend' }, ...keys);
}

/** Makes tiles, each a figure above its description. */
export function figureTiles(figures: readonly (readonly [value: string, about: string])[]): Tree {
  const tiles = figures.map(([value, about]) =>
    h('div', {}, h('b', {}, value), h('span', {}, about)),
  );
  return h('div', { class: 'figures' }, ...tiles);
}
