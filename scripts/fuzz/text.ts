/** What `npm run fuzz` prints. */
import { caseId } from '../../src/validator/index.js';
import { caseText, type FuzzCounts, type FuzzDifference, type FuzzReport } from './fuzz.js';
import type { FuzzRequest } from './options.js';

const count = (n: number) => n.toLocaleString('en-US');

/** How many cases ended how. */
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

/** The command that begins at a place of the sequence. */
export function againText({ backend, place, seed }: FuzzRequest, path: string): string {
  return `npm run fuzz -- --backend ${backend} --browser ${place} --seed ${seed} --path ${path}`;
}

function differenceText(difference: FuzzDifference, request: FuzzRequest): string {
  const { case: c, message, path, shrinks } = difference;
  const isPlain = c.wild === undefined && c.links.length === 0;
  return [
    `difference, in the smallest of ${shrinks + 1} cases:`,
    `  ${message}`,
    `  ${caseText(c)}`,
    ...(isPlain ? [`  ${caseId(c.conv)}`] : []),
    `again: ${againText(request, path)}`,
  ].join('\n');
}

/** The outcome; the last line is the sum. */
export function reportText(report: FuzzReport, request: FuzzRequest, ms: number): string {
  const { cases, counts, sequence, difference } = report;
  const found = difference === null ? [] : [differenceText(difference, request)];
  const sum =
    `${count(cases)} cases on ${request.backend} (${request.place}, seed ${request.seed}, ` +
    `sequence ${sequence}) in ${Math.round(ms / 1000)} s: ${countsText(counts)}, ` +
    `${difference === null ? 0 : 1} differences`;
  return [...found, sum].join('\n');
}
