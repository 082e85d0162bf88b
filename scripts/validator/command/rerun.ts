import type { CaseResult } from '../../../src/validator/index.js';

/** Settings that a rerun copies from the original run. */
export interface Rerun {
  /** Words before the options: `npm run validate --`, or the package's command. */
  readonly command: string;
  readonly backend: string;
  readonly reference: readonly string[];
  readonly browser?: string;
  readonly module?: string;
  readonly mask?: string;
  readonly isCaptured?: boolean;
  readonly precision?: string;
  readonly xfail?: string;
}

/** Quotes text as one word for a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Returns the command that reruns a result's case with the same inputs; its id holds the seed. */
export function rerunCommand({ id, variant }: CaseResult, rerun: Rerun): string {
  const { command, backend, reference, browser, module, mask, isCaptured, precision, xfail } =
    rerun;
  const given: [string, string | null | undefined][] = [
    ['module', module],
    ['backend', backend],
    // An empty list means that the default left no reference either, so the option is omitted.
    ['reference', reference.join(',') || null],
    ['browser', browser],
    ['mask', mask],
    ['precision', precision],
    ['variant', variant],
    ['xfail', xfail],
    ['q', id],
  ];
  const words = given.flatMap(([name, value]) =>
    value == null ? [] : [`--${name} ${quoted(value)}`],
  );
  if (isCaptured) words.unshift('--captured');
  return `${command} ${words.join(' ')}`;
}
