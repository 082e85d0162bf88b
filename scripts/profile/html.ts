/** The profile as one self-contained HTML text. */

import { legend } from '../bench/report/parts.js';
import { benchStyle } from '../bench/report/style.js';
import type { KernelEvent } from '../models/trace.js';
import { h, type Tree } from '../report/html.js';
import { bar, card, htmlDocument, htmlTable, soft } from '../report/markup.js';
import { reportStyle } from '../report/style.js';
import { ms } from '../report/table.js';
import type { ProfileResult } from './results.js';
import { profileColumns, profileNotes } from './text.js';

const shownBars = 12;

const profileStyle = /* css */ `${reportStyle}${benchStyle}
.bar { grid-template-columns: 15rem 1fr; --beside: 8rem; } .bar > span:first-child { overflow-wrap: anywhere; }
@media (max-width: 40rem) { .bar { grid-template-columns: 1fr; gap: 0; } }
`;

/** Draws the slowest rows as bars. */
function bars({ rows }: ProfileResult): Tree[] {
  const longest = Math.max(...rows.map((row) => row.ms));
  return rows.slice(0, shownBars).map((row) => {
    const name = row.variant === null ? row.kernel : `${row.kernel} ${row.variant}`;
    const text = `${ms(row.ms)} ms, ${(100 * row.share).toFixed(1)}%`;
    return bar(
      name,
      longest === 0 ? 0 : row.ms / longest,
      text,
      row.ran === 'tiles' || row.ran === 'ours',
    );
  });
}

function eventCells({ kernel, variant, ran, shape, ms: time, conversions }: KernelEvent): string[] {
  return [
    kernel,
    variant ?? '-',
    ran,
    shape === null ? '-' : shape.join('x'),
    ms(time),
    conversions.map(({ kind }) => kind).join(' '),
  ];
}

export function profileHtml(result: ProfileResult): string {
  const table = htmlTable(
    profileColumns.map(([name]) => name),
    result.rows.map((row) => profileColumns.map(([, text]) => text(row))),
  );
  const [sum, ...notes] = profileNotes(result);
  const calls = htmlTable(
    ['kernel', 'variant', 'ran', 'result', 'ms', 'conversions'],
    result.events.map(eventCells),
  );
  const about = 'Every kernel of the last prediction, in order';
  return htmlDocument(`Profile of ${result.net}`, profileStyle, [
    h('h1', {}, `Profile of ${result.net}`),
    h(
      'section',
      { class: 'card' },
      h('p', { class: 'verdict' }, sum),
      legend(['in tiles, or ours on the CPU', 'stock, or no program'], ['ours', 'stock']),
      ...bars(result),
      ...notes.map(soft),
    ),
    card('By kernel', table),
    h('section', { class: 'card' }, h('details', {}, h('summary', {}, about), calls)),
  ]);
}
