/** Texts that `npm run fuzz` prints. */
import { caseId } from '../../src/validator/index.js';
import { caseText, type FuzzCounts, type FuzzDifference, type FuzzReport } from './fuzz.js';
import type { FuzzRequest } from './options.js';

/** Number of captured cases that is enough for some to be predicted from a recording. */
const ENOUGH = 20;

const count = (n: number) => n.toLocaleString('en-US');

/** Returns the number of cases with each verdict as text. */
export function countsText({ right, likeStock, refused, refusedAlone }: FuzzCounts): string {
  return [
    `${count(right)} right`,
    `${count(likeStock)} like stock`,
    `${count(refused)} refused like stock`,
    `${count(refusedAlone)} refused without a meaning`,
  ].join(', ');
}

export function progressText(done: number, request: FuzzRequest, ms: number): string {
  const perSecond = Math.round((1000 * done) / ms);
  return `fuzz ${request.backend}, seed ${request.seed}: ${count(done)} of ${count(request.runs)} cases, ${perSecond} a second`;
}

/** Returns the command for a request. If it has a path, it begins at that place of the sequence. */
export function againText({ backend, place, seed, runs, precision, path }: FuzzRequest): string {
  const stored = precision === 'half' ? ' --precision half' : '';
  const which = path === undefined ? `--runs ${runs}` : `--path ${path}`;
  return `npm run fuzz -- --backend ${backend} --browser ${place}${stored} --seed ${seed} ${which}`;
}

function differenceText(difference: FuzzDifference, again: FuzzRequest): string {
  const { case: c, message, shrinks } = difference;
  const { wild, special, leavesAlpha, variant, state, captured, links } = c;
  const beside = [wild, special, leavesAlpha, variant, state, captured, ...links];
  const isPlain = beside.every((part) => part === undefined);
  return [
    `difference, in the smallest of ${shrinks + 1} cases:`,
    `  ${message}`,
    `  ${caseText(c)}`,
    ...(isPlain ? [`  ${caseId(c.conv)}`] : []),
    ...(again.path === undefined ? ['it does not come without the cases before it'] : []),
    `again: ${againText(again)}`,
  ].join('\n');
}

/** Lists what the run failed to try, one line each, so that "no differences" does not mislead. */
export function faultsOf(report: FuzzReport, { runs, path }: FuzzRequest): string[] {
  const { cases, difference, neverRan, captures } = report;
  const hasNone = captures != null && captures.replays === 0 && captures.cases >= ENOUGH;
  const isShort = difference === null && path === undefined && cases !== runs;
  return [
    ...(isShort ? [`only ${count(cases)} of ${count(runs)} cases were run`] : []),
    ...(hasNone
      ? [`none of ${count(captures.cases)} captured cases was predicted from a recording`]
      : []),
    ...(neverRan.length > 0 ? [`variants that computed nothing: ${neverRan.join(', ')}`] : []),
  ];
}

/** Returns the counts as text, the largest first. */
const byNumber = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name} ${count(n)}`)
    .join(', ');

/** Returns how many cases were captured, and why others were not. */
function capturesText({ captures }: FuzzReport): string[] {
  if (captures === null) return [];
  const { captured, cases, replays, eager, refused, dropped } = captures;
  const table = (head: string, counts: Readonly<Record<string, number>>) => {
    const rows = Object.entries(counts).sort(([, a], [, b]) => b - a);
    const lines = rows.map(([why, n]) => `  ${count(n).padStart(7)}  ${why}`);
    return lines.length === 0 ? [] : [head, ...lines];
  };
  return [
    `captured: ${count(captured)} of ${count(cases)} cases, ${count(replays)} replays, ` +
      `${count(eager)} eager predictions`,
    ...table('cases not captured, by reason:', refused),
    ...table('recordings given up, by reason:', dropped),
  ];
}

/** Returns how often each variant ran, and how often each refused although it was forced. */
function variantsText({ ran, variantsRefused }: FuzzReport): string[] {
  if (ran === null) return [];
  const refused = byNumber(variantsRefused);
  return [
    `convolutions by variant: ${byNumber(ran)}`,
    ...(refused === '' ? [] : [`forced, and not taken: ${refused}`]),
  ];
}

/**
 * Returns the outcome as text; the last line is the summary.
 * @param again the request that repeats the difference, if there is one
 */
export function reportText(
  report: FuzzReport,
  request: FuzzRequest,
  ms: number,
  again: FuzzRequest,
): string {
  const { cases, counts, asked, sequence, difference } = report;
  const found = difference === null ? [] : [differenceText(difference, again)];
  const sum =
    `${count(cases)} cases on ${request.backend} (${request.place}, seed ${request.seed}, ` +
    `sequence ${sequence}) in ${Math.round(ms / 1000)} s: ${countsText(counts)}, ` +
    `${count(asked)} of the right ones asked of stock too, ` +
    `${difference === null ? 0 : 1} differences`;
  return [
    ...variantsText(report),
    ...capturesText(report),
    ...found,
    ...faultsOf(report, request),
    sum,
  ].join('\n');
}
