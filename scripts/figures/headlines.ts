/** The headlines: what came out of each run, in one line for each backend that it was compared with. */
import { ratioSummary } from '../bench/report/summary.js';
import type { RatioSummary } from '../bench/results.js';
import { type Column, ratio } from '../report/table.js';
import type { Figures, Runs } from './files.js';
import { markdownRows } from './markdown.js';
import type { NetFigures } from './netFigures.js';

interface Headline {
  suite: string;
  ranOn: string;
  backend: string;
  against: string;
  sum: RatioSummary;
  firstToReference: number | null;
  gpuToReference: number | null;
  command: string;
}

/** Returns the net's time on a backend / its time on the run's own backend; null without both. */
export function netRatio(figures: NetFigures, net: string, against: string): number | null {
  const on = (name: string) =>
    figures.rows.find((row) => row.net === net && row.backend === name) ?? null;
  const [ours, theirs] = [on(figures.backend), on(against)];
  if (ours === null || theirs === null) return null;
  return against === figures.reference ? ours.ratio : theirs.medianMs / ours.medianMs;
}

/** Returns the backends that the run's own backend was compared with, the reference first. */
export function opponents({ rows, backend, reference }: NetFigures): string[] {
  const names = [...new Set([reference, ...rows.map((row) => row.backend)])];
  return names.filter((name) => name !== backend);
}

function netHeadlines(figures: NetFigures): Pick<Headline, 'against' | 'sum'>[] {
  const { rows, reference, backend, summary } = figures;
  const nets = [...new Set(rows.map(({ net }) => net))];
  return opponents(figures).map((against) => {
    const ratios = nets.map((id) => ({ id, ratio: netRatio(figures, id, against), ok: true }));
    const sum = against === reference ? summary[backend]?.ratio : undefined;
    return { against, sum: sum ?? ratioSummary(ratios) };
  });
}

const part = (value: number | null) => value?.toFixed(2) ?? '-';

function headlinesOf(figures: Figures): Headline[] {
  const { suite, backend, from } = figures;
  const run = { ranOn: from.ranOn, backend, command: from.command };
  const none = { firstToReference: null, gpuToReference: null };
  if (figures.suite === 'layers') {
    return Object.entries(figures.vs).map(([against, sum]) => ({
      ...{ suite: figures.tuned ? `${suite}, tuned` : suite, ...run, against, sum, ...none },
    }));
  }
  const { summary, reference } = figures;
  return netHeadlines(figures).map(({ against, sum }) => {
    const parts = against === reference ? (summary[backend] ?? none) : none;
    const { firstToReference, gpuToReference } = parts;
    return { suite, ...run, against, sum, firstToReference, gpuToReference };
  });
}

type HeadlineColumn = Column<Headline>;

const which: readonly HeadlineColumn[] = [
  ['suite', ({ suite }) => suite],
  ['browser', ({ ranOn }) => ranOn],
  ['backend', ({ backend }) => backend],
  ['against', ({ against }) => against],
];

const results: readonly HeadlineColumn[] = [
  ['geometric mean', ({ sum }) => `**${ratio(sum.geomean)}**`],
  ['worst', ({ sum }) => ratio(sum.worst)],
  ['first prediction', ({ firstToReference }) => part(firstToReference)],
  ['peak GPU memory', ({ gpuToReference }) => part(gpuToReference)],
];

const repeats: readonly HeadlineColumn[] = [
  ['worst is', ({ sum }) => sum.worstId ?? '-'],
  ['command', ({ command }) => `\`${command}\``],
];

const table = (runs: Runs, columns: readonly HeadlineColumn[]) =>
  markdownRows(columns, [...runs.values()].flatMap(headlinesOf));

/** Returns the headlines of all runs. */
export const headlines = (runs: Runs) => table(runs, [...which, ...results]);

/** Returns the headlines with where each was worst, and the command that repeats it. */
export const headlinesWithCommands = (runs: Runs) =>
  table(runs, [...which, ...results, ...repeats]);
