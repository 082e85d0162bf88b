import { expect } from 'chai';
import {
  type Death,
  type PageHost,
  supervise,
} from '../../../../scripts/validator/command/supervise.js';
import type { CaseResult, Verdict } from '../../../../src/validator/index.js';

/** Behaviour of a case on a page; `after` is the number of cases that ran there before it. */
interface Doing {
  verdict?: Verdict;
  /** Verdict once this many other cases have run on the page. */
  tired?: { after: number; verdict: Verdict };
  /** True if the case overwrites the memory of cases that run later on the page. */
  spoils?: boolean;
  /** Backend whose computation ends the page, and how many cases must run before. */
  dies?: { in: string; after?: number };
  variants?: readonly (string | null)[];
}

const id = (seed: number) =>
  `conv2d:in=1x1x1x1;f=1x1x1x1;stride=1;pad=valid;dil=1;fmt=NHWC;seed=${seed}`;

const result = (seed: number, verdict: Verdict, variant: string | null = null): CaseResult => ({
  id: id(seed),
  family: 'conv2d',
  variant,
  verdict,
  error: verdict === 'pass' ? 0 : 2,
  stockError: { cpu: 0 },
  message: verdict,
  first: null,
  ms: 1,
});

/** Makes pages on which case `seed` does `doings[seed]`; records how each page was used. */
function pagesOf(doings: readonly Doing[]) {
  const pages: { first: number; reference: readonly string[] }[] = [];
  const host: PageHost = {
    fresh: 'a fresh page',
    run: async (ids, reference, onResult): Promise<Death | null> => {
      const seeds = ids.map((text) => Number(/\d+$/.exec(text)?.[0]));
      pages.push({ first: seeds[0], reference });
      let spoiled = false;
      for (const [before, seed] of seeds.entries()) {
        const { verdict = 'pass', tired, spoils, dies, variants = [null] } = doings[seed];
        if (dies !== undefined && before >= (dies.after ?? 0)) {
          if (dies.in === 'wasm' || reference.includes(dies.in)) {
            const attempt = { id: id(seed), backend: dies.in, variant: null };
            return { attempt, reason: 'no answer within 60 s', ms: 60_000 };
          }
        }
        const isTired = tired !== undefined && before >= tired.after;
        const own = spoiled ? 'backendWrong' : isTired ? tired.verdict : verdict;
        for (const variant of variants) onResult(result(seed, own, variant));
        if (own !== 'pass' && own !== 'skipped') return null;
        spoiled ||= spoils === true;
      }
      return null;
    },
  };
  return { host, pages };
}

async function run(doings: readonly Doing[], reference = ['cpu'], variant = '') {
  const { host, pages } = pagesOf(doings);
  const ids = doings.map((_, seed) => id(seed));
  const groups: (readonly CaseResult[])[] = [];
  const job = { backend: 'wasm', reference, ids, variant };
  await supervise(job, host, (results) => groups.push(results));
  const results = groups.flat();
  return { results, groups, pages, verdicts: results.map(({ verdict }) => verdict) };
}

describe('a run under supervision', () => {
  it('uses one page when nothing is wrong', async () => {
    const { verdicts, pages } = await run([{}, { verdict: 'skipped' }, {}]);
    expect(verdicts).to.deep.equal(['pass', 'skipped', 'pass']);
    expect(pages.map(({ first }) => first)).to.deep.equal([0]);
  });

  it('discards the page after each wrong result, and repeats the case if others ran before it', async () => {
    const wrong = { verdict: 'backendWrong' } as const;
    const { results, verdicts, pages } = await run([{}, wrong, wrong, {}, wrong, {}]);
    expect(verdicts).to.deep.equal([
      'pass',
      'backendWrong',
      'backendWrong',
      'pass',
      'backendWrong',
      'pass',
    ]);
    expect(results.map(({ message }) => message)).to.deep.equal(verdicts);
    expect(results.map((one) => one.id)).to.deep.equal([0, 1, 2, 3, 4, 5].map(id));
    // Case 2 is the first on its page, so it needs no second run.
    expect(pages.map(({ first }) => first)).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });

  it('does not run the first case of a page twice', async () => {
    const { verdicts, pages } = await run([{ verdict: 'bothWrong' }]);
    expect(verdicts).to.deep.equal(['bothWrong']);
    expect(pages.length).to.equal(1);
  });

  it('keeps a fault that appears only after other cases, and says so', async () => {
    const tired = { after: 2, verdict: 'backendWrong' } as const;
    const { results, verdicts, pages } = await run([{}, {}, { tired }, {}]);
    expect(verdicts).to.deep.equal(['pass', 'pass', 'backendWrong', 'pass']);
    expect(results[2].error).to.equal(2);
    expect(results[2].message).to.equal(
      'passes alone on a fresh page; failed after other cases: backendWrong',
    );
    expect(pages.map(({ first }) => first)).to.deep.equal([0, 2]);
  });

  it('does not blame later cases for one that passes and spoils the next', async () => {
    const { verdicts, results } = await run([{ spoils: true }, {}, {}, {}]);
    expect(verdicts).to.deep.equal(['pass', 'backendWrong', 'pass', 'pass']);
    expect(results[1].message).to.match(/^passes alone on a fresh page; /);
  });

  it('takes the verdict of the fresh page when both are wrong', async () => {
    const tired = { after: 1, verdict: 'bothWrong' } as const;
    const { verdicts, results } = await run([{}, { verdict: 'backendWrong', tired }]);
    expect(verdicts).to.deep.equal(['pass', 'backendWrong']);
    expect(results[1].message).to.equal('backendWrong');
  });

  it('replaces the page after a wrong reference too', async () => {
    const tired = { after: 1, verdict: 'backendWrong' } as const;
    const { verdicts, results, pages } = await run([
      { verdict: 'stockWrong' },
      {},
      { verdict: 'stockWrong', tired },
    ]);
    // Alone the backend is right; its own fault shows only after other cases.
    expect(verdicts).to.deep.equal(['stockWrong', 'pass', 'backendWrong']);
    expect(results[2].message).to.match(/^passes alone /);
    expect(pages.map(({ first }) => first)).to.deep.equal([0, 1, 2]);
  });

  it('reports a page that dies as a wrong backend, and goes on', async () => {
    const { results, verdicts, pages } = await run([{}, { dies: { in: 'wasm' } }, {}]);
    expect(verdicts).to.deep.equal(['pass', 'backendWrong', 'pass']);
    expect(results[1]).to.deep.include({
      id: id(1),
      family: 'conv2d',
      variant: null,
      error: Infinity,
      message: 'no answer within 60 s',
      ms: 60_000,
    });
    expect(pages.map(({ first }) => first)).to.deep.equal([0, 1, 2]);
  });

  it('keeps a death that happens only after other cases', async () => {
    const { results, verdicts } = await run([{}, { dies: { in: 'wasm', after: 1 } }, {}]);
    expect(verdicts).to.deep.equal(['pass', 'backendWrong', 'pass']);
    expect(results[1].message).to.equal(
      'passes alone on a fresh page; failed after other cases: no answer within 60 s',
    );
  });

  it('replaces a result by the death of the page right after it', async () => {
    const attempt = { id: id(1), backend: 'wasm', variant: null };
    const host: PageHost = {
      fresh: 'a fresh page',
      run: async (ids, _reference, onResult) => {
        for (const text of ids) onResult({ ...result(0, 'pass'), id: text });
        return ids.length === 1 ? null : { attempt, reason: 'the page threw Error', ms: 1 };
      },
    };
    const results: CaseResult[] = [];
    const job = { backend: 'wasm', reference: [], ids: [id(0), id(1)], variant: '' };
    await supervise(job, host, (all) => results.push(...all));
    expect(results.map(({ verdict }) => verdict)).to.deep.equal(['pass', 'backendWrong']);
    expect(results[1].message).to.match(/^passes alone .* the page threw Error$/);
  });

  it('says that a death kept the other variants from running', async () => {
    const { results } = await run([{ dies: { in: 'wasm' } }], ['cpu'], 'all');
    expect(results[0].message).to.equal(
      'no answer within 60 s; variants after this one did not run',
    );
  });

  it('judges a case without the reference that crashed on it', async () => {
    const cases: [Verdict, Verdict][] = [
      ['pass', 'stockWrong'],
      ['backendWrong', 'bothWrong'],
      ['skipped', 'skipped'],
    ];
    for (const [own, verdict] of cases) {
      const dying = { verdict: own, dies: { in: 'webgl' } };
      const { results, verdicts, pages } = await run([{}, dying, {}], ['cpu', 'webgl']);
      expect(verdicts).to.deep.equal(['pass', verdict, 'pass']);
      if (own !== 'skipped') {
        expect(results[1].stockError).to.deep.equal({ cpu: 0, webgl: Infinity });
        expect(results[1].message).to.equal(`${own}; webgl: no answer within 60 s`);
      }
      expect(pages[2]).to.deep.equal({ first: 1, reference: ['cpu'] });
      expect(pages[3].first).to.equal(2);
    }
  });

  it('reports the variants of a case together, each with its own verdict', async () => {
    const tired = { after: 1, verdict: 'backendWrong' } as const;
    const variants = [null, 'a', 'b'];
    const { groups } = await run([{ variants }, { variants, tired }, {}]);
    expect(groups.map((group) => group.map(({ variant }) => variant))).to.deep.equal([
      variants,
      variants,
      [null],
    ]);
    expect(groups[1].every(({ message }) => message.startsWith('passes alone'))).to.equal(true);
  });

  it('recognises a case whatever the order of its fields', async () => {
    const { host, pages } = pagesOf([{}, { verdict: 'backendWrong' }, {}]);
    const ids = [0, 1, 2].map((seed) =>
      id(seed).replace('stride=1;pad=valid', 'pad=valid;stride=1'),
    );
    const verdicts: Verdict[] = [];
    const job = { backend: 'wasm', reference: [], ids, variant: '' };
    await supervise(job, host, (all) => verdicts.push(...all.map(({ verdict }) => verdict)));
    expect(verdicts).to.deep.equal(['pass', 'backendWrong', 'pass']);
    expect(pages.length).to.equal(3);
  });

  it('passes on what keeps a page from starting', async () => {
    const host: PageHost = {
      fresh: '',
      run: () => Promise.reject(new Error('no browser')),
    };
    const job = { backend: 'wasm', reference: [], ids: [id(0)], variant: '' };
    const outcome = await supervise(job, host, () => {}).catch((error: Error) => error.message);
    expect(outcome).to.equal('no browser');
  });
});
