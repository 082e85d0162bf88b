/** The profile as one self-contained HTML text. */

import { benchStyle } from '../bench/report/style.js';
import type { KernelEvent } from '../models/trace.js';
import { escaped, htmlDocument, htmlTable } from '../report/markup.js';
import { reportStyle } from '../report/style.js';
import { ms } from '../report/table.js';
import type { ProfileResult } from './results.js';
import { profileColumns, profileNotes } from './text.js';

const shownBars = 12;

/** Draws the slowest rows as bars. */
function bars({ rows }: ProfileResult): string {
  const longest = Math.max(...rows.map((row) => row.ms));
  const lines = rows.slice(0, shownBars).map((row) => {
    const part = longest === 0 ? 0 : row.ms / longest;
    const width = `calc((100% - 8rem) * ${part.toFixed(4)})`;
    const track = row.ran === 'tiles' ? 'track ours' : 'track';
    const name = row.variant === null ? row.kernel : `${row.kernel} ${row.variant}`;
    const text = `${ms(row.ms)} ms, ${(100 * row.share).toFixed(1)}%`;
    return `<div class="bar"><span>${escaped(name)}</span><span class="${track}"><i style="width:${width}"></i><b>${text}</b></span></div>`;
  });
  return lines.join('');
}

function eventCells({ kernel, variant, ran, shape, ms: time, conversions }: KernelEvent): string[] {
  return [
    kernel,
    variant ?? '-',
    ran,
    shape === null ? '-' : shape.join('x'),
    ms(time),
    conversions.map(({ kind }) => kind).join(' '),
  ].map(escaped);
}

export function profileHtml(result: ProfileResult): string {
  const table = htmlTable(
    profileColumns.map(([name]) => name),
    result.rows.map((row) => profileColumns.map(([, text]) => escaped(text(row)))),
  );
  const [sum, ...notes] = profileNotes(result).map(escaped);
  const calls = htmlTable(
    ['kernel', 'variant', 'ran', 'result', 'ms', 'conversions'],
    result.events.map(eventCells),
  );
  const style = `${reportStyle}${benchStyle}
.bar { grid-template-columns: 15rem 1fr; } .bar > span:first-child { overflow-wrap: anywhere; }
@media (max-width: 40rem) { .bar { grid-template-columns: 1fr; gap: 0; } }
`;
  const body = `<h1>Profile of ${escaped(result.net)}</h1>
<section class="card"><p class="verdict">${sum}</p>
<div class="legend"><span style="--key:var(--ours)">in tiles</span><span style="--key:var(--stock)">stock, or no program</span></div>
${bars(result)}
${notes.map((note) => `<p class="soft">${note}</p>`).join('')}</section>
<section class="card"><h2>By kernel</h2>${table}</section>
<section class="card"><details><summary>Every kernel of the last prediction, in order</summary>${calls}</details></section>`;
  return htmlDocument(`Profile of ${result.net}`, style, body);
}
