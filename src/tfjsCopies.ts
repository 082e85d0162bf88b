/** A single warning if tfjs is loaded more than once, or in parts that do not belong together. */
import {
  Environment,
  engine,
  env,
  getKernel,
  Identity,
  type KernelConfig,
  version_core,
} from '@tensorflow/tfjs-core';
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

/** A stock backend: its name in tfjs, and the package, with its version, that is imported here. */
export interface StockBackend {
  readonly name: string;
  readonly packageName: string;
  readonly version: string;
}

/** A kernel of each stock backend, which only another copy of stock replaces. */
const kernels = new Map<string, KernelConfig>();

/**
 * Warns of a second copy of tfjs, or of parts of different versions. Call it when the backends are
 * registered and again when one of them starts, because another copy may have been loaded by then.
 * The first copy provides the engine, the last copy the kernels.
 * @param stock the stock backends that are in use
 */
export function warnOfCopies(stock: readonly StockBackend[]): void {
  const isOvertaken = stock.map(isReplaced).includes(true);
  const shared = engine() as { [warned]?: boolean };
  const found = shared[warned] ? null : (mixture(stock) ?? secondCopy(isOvertaken));
  if (found === null) return;
  shared[warned] = true;
  console.warn(`tfjs-backend-tiled: ${found}. ${remedy}.`);
}

/** True if the backend has another kernel than when it was seen first. */
function isReplaced({ name }: StockBackend): boolean {
  const kernel = getKernel(Identity, name);
  const first = kernels.get(name) ?? kernel;
  kernels.set(name, first);
  return kernel !== first;
}

function mixture(stock: readonly StockBackend[]): string | null {
  const other = stock.find(({ version }) => version !== version_core);
  return other === undefined
    ? null
    : `tfjs-core is ${version_core}, and ${other.packageName} is ${other.version}`;
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
