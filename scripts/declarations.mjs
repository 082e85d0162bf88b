/** Generator of the library's type declarations: .d.ts for ES modules, and .d.cts for CommonJS. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Default project for the compiler, which extends the root's tsconfig.json. */
export const usualProject = 'scripts/tsconfig.types.json';

/**
 * Compiles a project into a folder.
 * @throws Error if a type is wrong, after the compiler has printed which
 */
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

/** Relative imports of our other declaration files. */
const specifiers = /(\b(?:from|import)\s*\(?\s*['"])(\.[^'"]+)\.js(?=['"])/g;

/**
 * Typed arrays with a type argument, which TypeScript before 5.7 does not know. Without the
 * argument they mean the same.
 */
const typedArrays =
  /\b((?:Float|Int|Uint|BigInt|BigUint)\d+(?:Clamped)?Array)<ArrayBuffer(?:Like)?>/g;

/**
 * Returns the declarations that the entries import, directly or indirectly.
 * @param {string[]} entries sources, such as src/index.ts, by their path in the project
 * @param {string} project the compiler's tsconfig
 * @returns {Promise<{ path: string, contents: string }[]>}
 * @throws Error if a type is wrong, after the compiler has printed which
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
