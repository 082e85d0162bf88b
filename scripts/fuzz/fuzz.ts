/** The fuzz itself: draws cases, judges them, and shrinks the first one that is wrong. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { writeJson } from '../../src/validator/index.js';
import { fuzzCases } from './arbitrary.js';
import type { EngineRecord } from './engine.js';
import type { FuzzCase } from './fuzzCase.js';
import { type Bench, type FuzzVerdict, judge, verdictNames } from './judge.js';
import { since } from './watch.js';

export interface FuzzOptions extends Bench {
  readonly runs: number;
  readonly seed: number;
  /** Where in the sequence of the seed to begin, as a difference names it. */
  readonly path?: string;
  /** Told of each case before it is run, with its place in the sequence; null for a shrunk one. */
  onCase?(c: FuzzCase, path: string | null): void;
  /** Told now and then how many are done. */
  onProgress?(done: number, counts: FuzzCounts): void;
}

export type FuzzCounts = Record<FuzzVerdict, number>;

/** A case that the backend is wrong about, as small as it could be made. */
export interface FuzzDifference {
  readonly case: FuzzCase;
  /** What is wrong, in one line. */
  readonly message: string;
  /** Begins the same seed's sequence at this case. */
  readonly path: string;
  readonly shrinks: number;
}

export interface FuzzReport {
  readonly cases: number;
  readonly counts: FuzzCounts;
  /** How many of those that the oracle knows were asked of stock as well. */
  readonly asked: number;
  /** How often which variant computed a convolution; null where the backend does not say. */
  readonly ran: EngineRecord['runs'] | null;
  /** How often which forced variant did not take its convolution. */
  readonly variantsRefused: Readonly<Record<string, number>>;
  /** Variants of this device that computed nothing, where there were cases enough for all. */
  readonly neverRan: readonly string[];
  /** Hash of all cases in order: the same seed gives the same. */
  readonly sequence: string;
  readonly difference: FuzzDifference | null;
}

/** So many cases force every variant some times. */
const ENOUGH = 1000;

/** How long the page or the process may be kept from anything else. */
const BREATH_MS = 50;

/** How often progress is told. */
const PROGRESS_MS = 1000;

/** The hash FNV-1a of 32 bits, of one more text. */
function hashed(hash: number, text: string): number {
  let h = hash;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

const hex = (hash: number) => (hash >>> 0).toString(16).padStart(8, '0');

/** A case as one line of JSON. */
export const caseText = (c: FuzzCase): string => writeJson(c);

/** Judges `runs` cases, or those until the first difference. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { engine, runs, seed, path } = options;
  const counts = Object.fromEntries(verdictNames.map((name) => [name, 0])) as FuzzCounts;
  const variantsRefused: Record<string, number> = {};
  const before = engine?.record();
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
  return { cases, counts, asked, ran, variantsRefused, neverRan, sequence, difference };
}
