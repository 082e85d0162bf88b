/** Runs of cases in the page, with pause and stop. */
import { env, version_core } from '@tensorflow/tfjs-core';
import packageJson from '../../../package.json';
import { variantNames } from '../../../src/index.js';
import {
  type Case,
  type CaseResult,
  caseId,
  countResults,
  type GridName,
  grids,
  parseCaseId,
  type ValidationReport,
  validate,
} from '../../../src/validator/index.js';
import { variantControl } from '../command/variants.js';
import { loadBackend } from './backends.js';
import { computerOf } from './computer.js';

// Without this flag, stock webgl refuses software renderers.
env().set('SOFTWARE_WEBGL_ENABLED', true);

export const references = ['webgl', 'cpu'] as const;

/** The backend that has variants, and in `variantChoices` the variants that can be selected. */
export const variantBackend = 'tiled-webgl';
export const variantChoices = ['', 'all', ...variantNames()];

export const gridNames = Object.keys(grids) as GridName[];

/** Settings of a run. */
export interface Setup {
  readonly backend: string;
  readonly reference: readonly string[];
  readonly grid: GridName;
  /** A case id, or a pattern with * over all ids; '' runs the grid. */
  readonly q: string;
  /**
   * Variants to run besides the backend's own choice: '' for none, 'all', or one variant's name.
   */
  readonly variant: string;
  /** URL of a script that registers a backend; '' for none. */
  readonly module: string;
}

export interface Run {
  pause(): void;
  resume(): void;
  stop(): void;
  /** Resolves with the results when the run has completed or was stopped. */
  readonly done: Promise<ValidationReport>;
}

export interface Listener {
  /** Reports that `done` of `total` cases are finished. */
  onProgress(done: number, total: number, results: readonly CaseResult[]): void;
}

/** @throws Error if a name is unknown, the id is invalid, or no case matches the pattern */
export function casesOf({ grid, q }: Setup): Case[] {
  if (q === '') return [...grids[grid]()];
  if (!q.includes('*')) return [parseCaseId(q)];
  const pattern = new RegExp(`^${q.split('*').map(escaped).join('.*')}$`);
  const cases = [...grids.all()].filter((c) => pattern.test(caseId(c)));
  if (cases.length === 0) throw new Error(`no case matches "${q}"`);
  return cases;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Waits for the next task, so that the page can paint before the first case. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/**
 * Starts a run; the page stays responsive between cases.
 * @throws Error if the setup is invalid
 */
export function startRun(setup: Setup, listener: Listener): Run {
  const cases = casesOf(setup);
  const stopped = new AbortController();
  let whenResumed = Promise.resolve();
  let resume = () => {};
  const results: CaseResult[] = [];
  let finished = 0;
  function* counted() {
    for (const c of cases) {
      yield c;
      finished++;
    }
  }
  const run = async (): Promise<ValidationReport> => {
    await nextTask();
    const { backend } = setup;
    const reference = setup.reference.filter((name) => name !== backend);
    for (const name of [backend, ...reference]) await loadBackend(name);
    await validate({
      backend,
      reference,
      cases: counted(),
      variants: variantControl(backend, setup.variant),
      signal: stopped.signal,
      onResult: async (result) => {
        results.push(result);
        listener.onProgress(finished, cases.length, results);
        await whenResumed;
      },
    });
    listener.onProgress(finished, cases.length, results);
    return {
      device: { userAgent: navigator.userAgent, renderer: computerOf(backend), backend, reference },
      versions: { tfjs: version_core, package: packageJson.version },
      seed: cases[0].seed,
      grid: setup.q || setup.grid,
      counts: countResults(results),
      cases: results,
    };
  };
  return {
    pause: () => {
      whenResumed = new Promise((resolve) => {
        resume = resolve;
      });
    },
    resume: () => resume(),
    stop: () => {
      stopped.abort();
      resume();
    },
    done: run(),
  };
}
