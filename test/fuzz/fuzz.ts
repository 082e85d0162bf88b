/** Core of the fuzz: draws cases, judges them, and shrinks the first one that is wrong. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { writeJson } from '../../src/validator/index.js';
import { fuzzCases } from './arbitrary.js';
import { type CaptureCounts, countReplays, newCaptureCounts } from './captureCounts.js';
import type { EngineRecord } from './engine.js';
import type { FuzzCase } from './fuzzCase.js';
import { type Bench, type FuzzVerdict, judge, verdictNames } from './judge.js';
import { since } from './watch.js';

export interface FuzzOptions extends Bench {
  readonly runs: number;
  readonly seed: number;
  /** Path in the seed's sequence at which to begin, as a difference names it. */
  readonly path?: string;
  /** Called before each case with its path in the sequence, which is null for a shrunk case. */
  onCase?(c: FuzzCase, path: string | null): void;
  /** Called every second or so with the number of finished cases. */
  onProgress?(done: number, counts: FuzzCounts): void;
}

export type FuzzCounts = Record<FuzzVerdict, number>;

/** A case that the backend gets wrong, shrunk as far as possible. */
export interface FuzzDifference {
  readonly case: FuzzCase;
  /** Description of the error, in one line. */
  readonly message: string;
  /** Path that begins the same seed's sequence at this case. */
  readonly path: string;
  readonly shrinks: number;
}

export interface FuzzReport {
  readonly cases: number;
  readonly counts: FuzzCounts;
  /** Number of cases that the oracle knows and that ran on stock as well. */
  readonly asked: number;
  /** Number of convolutions by variant; null if the backend does not report it. */
  readonly ran: EngineRecord['runs'] | null;
  /** Number of convolutions that a variant refused although it was forced, by variant. */
  readonly variantsRefused: Readonly<Record<string, number>>;
  /** Variants that this device supports but that never ran; empty if too few cases ran to tell. */
  readonly neverRan: readonly string[];
  /** Counts of captured predictions; null if the backend has none. */
  readonly captures: CaptureCounts | null;
  /** Hash of all cases in order, which is the same whenever the seed is the same. */
  readonly sequence: string;
  readonly difference: FuzzDifference | null;
}

/** Number of cases that is enough for every variant to be forced a few times. */
const ENOUGH = 1000;

/** Milliseconds for which the fuzz may block the page or the process. */
const BREATH_MS = 50;

/** Milliseconds between two progress reports. */
const PROGRESS_MS = 1000;

/** Extends a 32-bit FNV-1a hash by a text. */
function hashed(hash: number, text: string): number {
  let h = hash;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

const hex = (hash: number) => (hash >>> 0).toString(16).padStart(8, '0');

/** Returns a case as one line of JSON. */
export const caseText = (c: FuzzCase): string => writeJson(c);

/** Judges `runs` cases, or fewer if it finds a difference. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { engine, runs, seed, path } = options;
  const counts = Object.fromEntries(verdictNames.map((name) => [name, 0])) as FuzzCounts;
  const variantsRefused: Record<string, number> = {};
  const before = engine?.record();
  const captures = engine?.capturing === undefined ? null : newCaptureCounts();
  let cases = 0;
  let asked = 0;
  let hash = 0x811c9dc5;
  let isShrinking = false;
  let [breath, told] = [performance.now(), performance.now()];

  const holds = async (c: FuzzCase) => {
    options.onCase?.(c, isShrinking ? null : (path ?? String(cases)));
    if (!isShrinking) {
      hash = hashed(hash, caseText(c));
      cases++;
    }
    try {
      const judged = await judge(c, options);
      if (!isShrinking) {
        counts[judged.verdict]++;
        if (judged.asked) asked++;
        if (captures !== null && judged.replays !== null) countReplays(captures, judged.replays);
        const { variant } = c;
        if (variant !== undefined && judged.variantRefused) {
          variantsRefused[variant] = (variantsRefused[variant] ?? 0) + 1;
        }
      }
    } catch (error) {
      isShrinking = true;
      throw error;
    }
    if (performance.now() - told > PROGRESS_MS) {
      options.onProgress?.(cases, counts);
      told = performance.now();
    }
    if (performance.now() - breath > BREATH_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      breath = performance.now();
    }
  };
  const arbitrary = fuzzCases(seed, {
    variants: engine?.variants ?? [],
    mishaps: engine?.capturing?.mishaps ?? [],
    hasGradients: tf.getGradient('Relu') != null,
  });
  const result = await fc.check(fc.asyncProperty(arbitrary, holds), {
    numRuns: runs,
    seed,
    ...(path === undefined ? {} : { path }),
  });
  const difference: FuzzDifference | null = !result.failed
    ? null
    : {
        case: (result.counterexample as [FuzzCase])[0],
        message: (result.errorInstance as Error).message,
        path: result.counterexamplePath as string,
        shrinks: result.numShrinks,
      };
  const ran = engine && before ? since(before, engine.record()).runs : null;
  const isEnough = difference === null && cases >= ENOUGH;
  const neverRan = isEnough ? (engine?.possible ?? []).filter((name) => !ran?.[name]) : [];
  const sequence = hex(hash);
  const found = { ran, variantsRefused, neverRan, captures, difference };
  return { cases, counts, asked, sequence, ...found };
}
