/** An import map for the modules that a user adds to the page. */
import { toElement } from '../../lib/inPage/element.js';
import { h } from '../../report/html.js';

/** Suffixes of the packages that make up the global `tf`. */
const packages = ['', '-core', '-backend-cpu', '-backend-webgl'];

let isThere = false;

/**
 * Lets modules import tfjs by its package names and receive the global `tf`, because two copies of
 * tfjs would have two registries.
 */
export function importMap(): void {
  if (isThere) return;
  isThere = true;
  const names = Object.keys((globalThis as unknown as { tf: object }).tf);
  const given = names.map((name, i) => `const v${i} = tf[${JSON.stringify(name)}];`);
  const exported = names.map((name, i) => `v${i} as ${name}`);
  const code = `const { tf } = globalThis;\n${given.join('\n')}\nexport { ${exported.join(', ')} };`;
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const imports = Object.fromEntries(packages.map((name) => [`@tensorflow/tfjs${name}`, url]));
  document.head.append(toElement(h('script', { type: 'importmap' }, JSON.stringify({ imports }))));
}
