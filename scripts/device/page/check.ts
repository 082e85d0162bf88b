/** Page that judges the backend by the validator's core grid, beside stock webgl. Option: `q`. */
import { type CaseResult, countResults } from '../../../src/validator/index.js';
import { postPartial, postProgress } from '../../lib/inPage/post.js';
import { showResult } from '../../lib/inPage/showResult.js';
import { startRun } from '../../validator/page/run.js';
import type { CheckResult } from '../results.js';

const q = new URLSearchParams(location.search).get('q') ?? '';

/** Maximum number of wrong cases that the result names. */
const MOST_WRONG = 100;

/** Maximum length of a message. */
const LONGEST = 300;

/** Milliseconds between two reports. */
const PAUSE_MS = 250;

function summed(results: readonly CaseResult[]): Omit<CheckResult, 'grid' | 'seed'> {
  const wrong = results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
  // Wrong results of ours come first.
  const sorted = [...wrong].sort((a, b) => Number(isStock(a)) - Number(isStock(b)));
  return {
    counts: countResults(results),
    cases: results.length,
    wrong: sorted.slice(0, MOST_WRONG).map(({ id, verdict, message }) => {
      return { id, verdict, message: message.slice(0, LONGEST) };
    }),
  };
}

const isStock = ({ verdict }: CaseResult) => verdict === 'stockWrong';

async function check(): Promise<CheckResult> {
  let told = 0;
  const run = startRun(
    {
      backend: 'tiled-webgl',
      reference: ['webgl'],
      grid: 'core',
      q,
      variant: '',
      module: '',
    },
    {
      onProgress(done, total, results) {
        if (performance.now() - told < PAUSE_MS && done < total) return;
        told = performance.now();
        postPartial(summed(results));
        postProgress(`case ${done} of ${total}`, done / total);
      },
    },
  );
  const { cases, grid, seed } = await run.done;
  return { ...summed(cases), grid, seed };
}

showResult(check);
