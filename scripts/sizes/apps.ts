/** Budgets of what the entries of both packages cost an app, and the comparison with them. */
import { root } from '../lib/root.js';
import { bundleApp } from './bundleApp.js';

/** An app with one import, and the bytes, minified and gzipped, that it may take. */
interface App {
  readonly source: string;
  /** Bytes of this package alone. */
  readonly ownBudget: number;
  /** Bytes with tfjs-core and the stock backends that it brings; null if it needs none. */
  readonly wholeBudget: number | null;
}

const kB = 1000;

/** The apps, by the entry that they import, or by the validator's package. Room for growth is about a tenth. */
export const apps: Readonly<Record<string, App>> = {
  '.': { source: `import 'tfjs-backend-tiled';`, ownBudget: 225 * kB, wholeBudget: 392 * kB },
  './webgl': {
    source: `import 'tfjs-backend-tiled/webgl';`,
    ownBudget: 125 * kB,
    wholeBudget: 265 * kB,
  },
  './cpu': {
    source: `import 'tfjs-backend-tiled/cpu';`,
    ownBudget: 125 * kB,
    wholeBudget: 208 * kB,
  },
  './errors': {
    source: `export { ContextLostError } from 'tfjs-backend-tiled/errors';`,
    ownBudget: kB,
    wholeBudget: null,
  },
  './base': {
    source: `export { ContextLostError } from 'tfjs-backend-tiled/base';`,
    ownBudget: kB,
    wholeBudget: null,
  },
  'tfjs-conv-validate': {
    source: `export { validate } from './dist/tfjs-conv-validate/dist/index.js';`,
    ownBudget: 28 * kB,
    wholeBudget: null,
  },
};

export interface AppSize {
  readonly entry: string;
  readonly own: number;
  readonly ownBudget: number;
  readonly whole: number | null;
  readonly wholeBudget: number | null;
}

/** Bundles each app with the built packages of this repository. */
export async function measureApps(): Promise<AppSize[]> {
  const sizes: AppSize[] = [];
  for (const [entry, { source, ownBudget, wholeBudget }] of Object.entries(apps)) {
    const own = await bundleApp(source, root, { external: ['@tensorflow/*'] });
    const whole = wholeBudget === null ? null : (await bundleApp(source, root)).gzipBytes;
    sizes.push({ entry, own: own.gzipBytes, ownBudget, whole, wholeBudget });
  }
  return sizes;
}

/** Returns one line for each size that is above its budget. */
export function overBudget(sizes: readonly AppSize[]): string[] {
  return sizes.flatMap(({ entry, own, ownBudget, whole, wholeBudget }) => [
    ...(own > ownBudget
      ? [`${entry}: ${own} bytes of this package; the budget is ${ownBudget}`]
      : []),
    ...(whole !== null && wholeBudget !== null && whole > wholeBudget
      ? [`${entry}: ${whole} bytes with tfjs; the budget is ${wholeBudget}`]
      : []),
  ]);
}
