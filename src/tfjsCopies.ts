/** A single warning if tfjs is loaded more than once, or in parts that do not belong together. */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { version_webgl } from '@tensorflow/tfjs-backend-webgl';
import { Environment, engine, env, getKernel, Identity, version_core } from '@tensorflow/tfjs-core';
import { nodeModule } from './cpu/nodeModules.js';

/**
 * Key of a mark on tfjs's engine, which all copies share; the first copy of this package to warn
 * sets it.
 */
const warned = Symbol.for('tfjs-backend-tiled.warnedOfCopies');

const remedy =
  '`npm ls @tensorflow/tfjs-core` shows who asks for which; one version of tfjs-core, ' +
  'tfjs-backend-cpu and tfjs-backend-webgl under "overrides" in package.json leaves one. ' +
  'A page needs one script of tfjs';

/** Returns a stock kernel that only another copy of stock replaces. */
const stockKernel = () => getKernel(Identity, 'cpu');

let registered: ReturnType<typeof stockKernel> | undefined;

/**
 * Warns of a second copy of tfjs, or of parts of different versions. Call it when the backends are
 * registered and again when one of them starts, because another copy may have been loaded by then.
 * The first copy provides the engine, the last copy the kernels.
 */
export function warnOfCopies(): void {
  const isOvertaken = registered !== undefined && stockKernel() !== registered;
  registered ??= stockKernel();
  const shared = engine() as { [warned]?: boolean };
  const found = shared[warned] ? null : (mixture() ?? secondCopy(isOvertaken));
  if (found === null) return;
  shared[warned] = true;
  console.warn(`tfjs-backend-tiled: ${found}. ${remedy}.`);
}

function mixture(): string | null {
  const stock = { 'tfjs-backend-cpu': version_cpu, 'tfjs-backend-webgl': version_webgl };
  const other = Object.entries(stock).find(([, version]) => version !== version_core);
  return other === undefined ? null : `tfjs-core is ${version_core}, and ${other.join(' is ')}`;
}

function secondCopy(isOvertaken: boolean): string | null {
  const isSecond = !(env() instanceof Environment);
  const loaded = loadedInNode();
  if (!isSecond && !isOvertaken && loaded.length < 2) return null;
  const own = loaded.indexOf(version_core);
  const others = loaded.filter((_, i) => i !== own);
  const other = others.length > 0 ? others.join(', ') : versionOnPage();
  return `tfjs-core is loaded twice: ${version_core} for this package, and ${other}`;
}

/** Returns the versions of tfjs-core that Node has loaded from files of that package. */
function loadedInNode(): string[] {
  const node = nodeModule('node:module');
  const process = nodeModule('node:process');
  if (node === undefined || process === undefined) return [];
  const versionBeside = (path: string) =>
    (node.createRequire(path)('../package.json') as { version: string }).version;
  return Object.keys(node.createRequire(process.execPath).cache)
    .filter((path) => /[\\/]tfjs-core[\\/]dist[\\/]tf-core\.node\.js$/.test(path))
    .map(versionBeside);
}

/**
 * Returns the version of a copy that a script tag loaded; a copy in a bundle does not reveal its
 * version.
 */
function versionOnPage(): string {
  const { tf } = globalThis as { tf?: { version_core?: string } };
  return tf?.version_core ?? 'a copy of unknown version';
}
