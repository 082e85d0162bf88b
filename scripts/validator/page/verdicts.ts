/** Names, glyphs and order of the outcomes of a result, the worst first. */
import type { Outcome } from '../../../src/validator/index.js';

export interface VerdictLook {
  readonly label: string;
  /** Shown beside the colour everywhere, so that no meaning depends on colour alone. */
  readonly glyph: string;
  readonly about: string;
}

export const verdicts: Readonly<Record<Outcome, VerdictLook>> = {
  backendWrong: {
    label: 'backend wrong',
    glyph: '✕',
    about: 'The backend is outside the bound; stock is inside.',
  },
  bothWrong: {
    label: 'both wrong',
    glyph: '‼',
    about: 'The backend and stock are both outside the bound.',
  },
  xpass: {
    label: 'unexpected pass',
    glyph: '?',
    about: 'The list of known failures says that it fails.',
  },
  stockWrong: {
    label: 'stock wrong',
    glyph: '△',
    about: 'The backend is inside the bound; stock is outside.',
  },
  xfail: {
    label: 'known failure',
    glyph: '○',
    about: 'The list of known failures gives the reason.',
  },
  skipped: { label: 'skipped', glyph: '–', about: 'No backend takes the case.' },
  pass: { label: 'pass', glyph: '✓', about: 'The backend and stock are inside the bound.' },
};

/** Outcome names, the worst first. */
export const verdictNames = Object.keys(verdicts) as Outcome[];

/** Returns the rank of an outcome; 0 is the worst. */
export const severity = (outcome: Outcome): number => verdictNames.indexOf(outcome);

/** Formats an error in units of the bound in a few characters. */
export function units(error: number | null): string {
  if (error === null) return '–';
  if (!Number.isFinite(error)) return '∞';
  if (error === 0) return '0';
  if (error < 0.001) return '<.001';
  if (error < 1) return error.toFixed(error < 0.01 ? 3 : 2).slice(1);
  return error < 1000 ? error.toPrecision(3) : error.toExponential(0).replace('+', '');
}

/** Smallest error of each shade of a pass, in units of the bound. */
export const shadeFrom = [0, 1e-3, 1e-2, 1e-1, 0.5] as const;

/** Returns the index in `shadeFrom` of the shade of a pass: 0 for the smallest errors. */
export function shade(error: number | null): number {
  return Math.max(
    0,
    shadeFrom.findLastIndex((least) => (error ?? 0) >= least),
  );
}
