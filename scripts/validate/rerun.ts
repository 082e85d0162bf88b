import type { CaseResult } from '../../src/validator/index.js';

/** What a rerun takes from the run that it repeats. */
export interface Rerun {
  /** What stands before the options: `npm run validate --`, or the package's command. */
  readonly command: string;
  readonly backend: string;
  readonly reference: readonly string[];
  readonly browser?: string;
  readonly module?: string;
  readonly mask?: string;
  readonly xfail?: string;
}

/** One word for a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The command that runs a result's case again, with the same inputs: its id holds the seed. */
export function rerunCommand({ id, variant }: CaseResult, rerun: Rerun): string {
  const { command, backend, reference, browser, module, mask, xfail } = rerun;
  const given: [string, string | null | undefined][] = [
    ['module', module],
    ['backend', backend],
    // Without a reference the default had none left either.
    ['reference', reference.join(',') || null],
    ['browser', browser],
    ['mask', mask],
    ['variant', variant],
    ['xfail', xfail],
    ['q', id],
  ];
  const words = given.flatMap(([name, value]) =>
    value == null ? [] : [`--${name} ${quoted(value)}`],
  );
  return `${command} ${words.join(' ')}`;
}
