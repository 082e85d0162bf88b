/** Rules of CONTRIBUTING.md for which the linter has no rule: lengths of files, openings of doc comments. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { root } from './root.js';

export interface Complaint {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  /** From 1 on. */
  readonly line: number;
  readonly message: string;
}

const folders = ['kernels', 'src', 'test', 'scripts', 'examples'];

/** Maximum number of lines of a file, by the folder in which it is; the first match counts. */
const limits = [
  { folder: 'kernels/', lines: 280 },
  { folder: '', lines: 420 },
] as const;

/** Words that hide the subject of a doc comment when it opens with them. */
const vague = /^(What|Whether|Where|How|Who|Whose|Those|That|Of)$/;

/** The first word of each doc comment. */
const opening = /\/\*\*\s+(?:\*\s+)?([A-Za-z]+)/g;

/** @param path relative to the repository, with slashes */
export function complaintsIn(path: string, text: string): Complaint[] {
  const found: Complaint[] = [];
  const { lines } = limits.find(({ folder }) => path.startsWith(folder))!;
  const count = text.trimEnd().split('\n').length;
  if (count > lines) {
    found.push({ path, line: lines + 1, message: `${count} lines; at most ${lines} here` });
  }
  for (const match of text.matchAll(opening)) {
    const [, word] = match;
    if (!vague.test(word)) continue;
    const line = text.slice(0, match.index).split('\n').length;
    const message = `a doc comment opens with '${word}'; name the thing, or begin with a verb`;
    found.push({ path, line, message });
  }
  return found;
}

/** Complaints about every source file of the repository. */
export function allComplaints(): Complaint[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs)$/.test(name) && !/(^|[\\/])node_modules[\\/]/.test(name))
      .sort()
      .flatMap((name) => {
        const path = join(folder, name);
        return complaintsIn(path.split(sep).join('/'), readFileSync(join(root, path), 'utf8'));
      }),
  );
}
