/**
 * The library's type declarations for the build: for ES modules as .d.ts, for CommonJS as .d.cts.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Options of the compiler, beside the root's tsconfig.json. */
export const usualProject = 'scripts/tsconfig.types.json';

/** @throws Error where a type is wrong, after the compiler has said which */
async function compileInto(folder, project) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', project, '--outDir', folder];
  const status = await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`tsc -p ${project} ended with status ${status}`);
}

/** Names of other declaration files of ours in one. */
const specifiers = /(\b(?:from|import)\s*\(?\s*['"])(\.[^'"]+)\.js(?=['"])/g;

/** TypeScript before 5.7 knows no arguments of these types; without one they mean as much. */
const typedArrays =
  /\b((?:Float|Int|Uint|BigInt|BigUint)\d+(?:Clamped)?Array)<ArrayBuffer(?:Like)?>/g;

/**
 * The declarations that the entries reach.
 * @param {string[]} entries sources, such as src/index.ts, by their path in the project
 * @param {string} project the compiler's tsconfig
 * @returns {Promise<{ path: string, contents: string }[]>}
 * @throws Error where a type is wrong, after the compiler has said which
 */
export async function declarations(entries, project = usualProject) {
  const folder = mkdtempSync(join(tmpdir(), 'declarations-'));
  try {
    await compileInto(folder, project);
    const texts = new Map();
    const reach = (path) => {
      if (texts.has(path)) return;
      const text = readFileSync(join(folder, `${path}.d.ts`), 'utf8').replace(typedArrays, '$1');
      texts.set(path, text);
      for (const [, , specifier] of text.matchAll(specifiers)) {
        reach(posix.join(posix.dirname(path), specifier));
      }
    };
    for (const entry of entries) reach(entry.replace(/\.ts$/, ''));
    return [...texts].flatMap(([path, text]) => [
      { path: `${path}.d.ts`, contents: text },
      { path: `${path}.d.cts`, contents: text.replace(specifiers, '$1$2.cjs') },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
