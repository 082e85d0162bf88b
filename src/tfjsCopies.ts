/** One warning where tfjs is there more than once, or in parts that do not belong together. */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { version_webgl } from '@tensorflow/tfjs-backend-webgl';
import { Environment, engine, env, getKernel, Identity, version_core } from '@tensorflow/tfjs-core';
import { nodeModule } from './cpu/nodeModules.js';

/** Set on tfjs's engine, which all copies share, by whichever copy of this package has warned. */
const warned = Symbol.for('tfjs-backend-tiled.warnedOfCopies');

const remedy =
  '`npm ls @tensorflow/tfjs-core` shows who asks for which; one version of tfjs-core, ' +
  'tfjs-backend-cpu and tfjs-backend-webgl under "overrides" in package.json leaves one. ' +
  'A page needs one script of tfjs';

/** A stock kernel that nobody replaces but another copy of stock. */
const stockKernel = () => getKernel(Identity, 'cpu');

let registered: ReturnType<typeof stockKernel> | undefined;

/**
 * To be called when the backends are registered, and when one of them starts: another copy of tfjs
 * may have been loaded by then. The engine is that of the first copy, the kernels are the last one's.
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

/** Versions of tfjs-core that Node loads from files of that package. */
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

/** A bundle does not tell, a script does. */
function versionOnPage(): string {
  const { tf } = globalThis as { tf?: { version_core?: string } };
  return tf?.version_core ?? 'a copy of unknown version';
}
