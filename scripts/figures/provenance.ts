/** Provenance of a run's figures: the command and where it ran, without names of machines or paths. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/root.js';
import { number, object, orNull, type Read, text } from './json.js';

export const provenance = object({
  /** Command line that repeats the run. */
  command: text,
  /** Value of its option --browser. */
  ranOn: text,
  /** Day of the run, `2026-01-31`. */
  date: orNull(text),
  /** Commit of the sources, with `-dirty` if they were changed since. */
  commit: orNull(text),
  browser: orNull(text),
  renderer: orNull(text),
  tfjs: orNull(text),
  cores: orNull(number),
});

export type Provenance = Read<typeof provenance>;

/** Returns a browser's name and major version from its user agent; null if it is another. */
export function browserName(userAgent: string): string | null {
  const firefox = /Firefox\/(\d+)/.exec(userAgent);
  if (firefox !== null) return `Firefox ${firefox[1]}`;
  const chromium = /Chrome\/(\d+)/.exec(userAgent);
  return chromium === null ? null : `Chromium ${chromium[1]}`;
}

/** Options that name a file of the user's. */
const fileOption = /^--(json|html|figures)(=|$)/;

/** Returns the command line of `npm run bench` without the options that name files. */
export function benchCommand(argv: readonly string[]): string {
  const kept = argv.filter((argument, i) => {
    const before = argv[i - 1] ?? '';
    return !fileOption.test(argument) && !(fileOption.test(before) && !before.includes('='));
  });
  const quoted = kept.map((argument) =>
    /^[\w.,=-]+$/.test(argument) ? argument : `'${argument}'`,
  );
  return ['npm run bench', ...(quoted.length === 0 ? [] : ['--', ...quoted])].join(' ');
}

function git(...args: string[]): string | null {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** Returns the checked-out commit; null outside of a repository. */
function commit(): string | null {
  const hash = git('rev-parse', '--short', 'HEAD');
  // Documents and figures change while figures are refreshed.
  const sources = [':/', ':!/docs', ':!/*.md'];
  const changes = git('status', '--porcelain', '--untracked-files=no', '--', ...sources);
  return hash && (changes === '' ? hash : `${hash}-dirty`);
}

/** Returns the provenance of a run that has just ended. */
export function provenanceOf(
  argv: readonly string[],
  ranOn: string,
  { renderer, userAgent }: { renderer: string; userAgent: string },
): Provenance {
  const core = join(root, 'node_modules/@tensorflow/tfjs-core/package.json');
  return {
    command: benchCommand(argv),
    ranOn,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    browser: browserName(userAgent),
    renderer,
    tfjs: JSON.parse(readFileSync(core, 'utf8')).version,
    cores: availableParallelism(),
  };
}

/** Describes a run in Markdown: its command, and where and when it ran. */
export function runText({ command, ...from }: Provenance): string {
  const known = [
    from.cores === null ? null : `${from.cores} CPU cores`,
    from.browser,
    from.renderer === null ? null : `\`${from.renderer}\``,
    from.tfjs === null ? null : `tfjs ${from.tfjs}`,
    from.date,
    from.commit === null ? null : `commit ${from.commit}`,
  ].filter((part) => part !== null);
  const unknown = [
    ...(from.date === null ? ['day'] : []),
    ...(from.commit === null ? ['commit'] : []),
  ];
  const rest = unknown.length === 0 ? '' : `; ${unknown.join(' and ')} not recorded`;
  return `\`${command}\`\\\n${known.join(', ')}${rest}`;
}
