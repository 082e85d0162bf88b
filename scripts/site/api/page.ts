/** Pages of the API reference, as Markdown. */
import { importOf } from '../pages.js';
import type { Doc, Export, Kind } from './declarations.js';

/** Titles of the parts of a page, in their order. */
const parts: readonly (readonly [Kind, string])[] = [
  ['function', 'Functions'],
  ['class', 'Classes'],
  ['interface', 'Interfaces'],
  ['type', 'Types'],
  ['constant', 'Constants'],
];

/** Sentence that says what an entry is for, by its name. */
export const abouts: Readonly<Record<string, string>> = {
  index: 'Registers `tiled`, `tiled-webgl` and `tiled-cpu` when it is imported.',
  base: 'The exports of the main entry; registers no backend until `registerTiled()` is called.',
  webgl: 'Registers `tiled-webgl` when it is imported, and brings nothing of the CPU engine.',
  cpu: 'Registers `tiled-cpu` when it is imported, and brings nothing of WebGL.',
  errors: 'Errors that an app may want to tell apart, and nothing else of the package.',
  validator:
    'Cases as data, a float64 oracle with error bounds, and a runner for any tfjs backend.',
};

const fence = (code: string, language = 'ts') => `\`\`\`${language}\n${code}\n\`\`\``;

/** Returns text in one line, as an item of a list has it. */
const inLine = (text: string) => text.replace(/\s*\n\s*/g, ' ');

const mark = ({ isExperimental }: Doc) =>
  isExperimental ? '**Experimental**: may change in any version.' : '';

function docParts(doc: Doc): string[] {
  const { text, params, returns, throws, examples } = doc;
  const items = [
    ...params.map(([name, about]) => `- \`${name}\`: ${inLine(about)}`),
    ...(returns === null ? [] : [`- returns ${inLine(returns)}`]),
    ...throws.map((about) => `- throws ${inLine(about)}`),
  ];
  return [mark(doc), text, items.join('\n'), ...examples.map((code) => fence(code, 'js'))];
}

/** @param addressOf returns the address of an export by its name; undefined if no page has it */
function exportParts(
  { name, text, doc, mentions }: Export,
  addressOf: (name: string) => string | undefined,
): string[] {
  const links = mentions.flatMap((type) => {
    const address = type === name ? undefined : addressOf(type);
    return address === undefined ? [] : [`[\`${type}\`](${address})`];
  });
  return [
    `### ${name}`,
    fence(text),
    ...docParts(doc),
    links.length === 0 ? '' : `Types: ${links.join(', ')}.`,
  ];
}

const isType = (kind: Kind) => kind === 'interface' || kind === 'type';

/** Names of a few exports that are no types, functions first. */
function someNames(exports: readonly Export[]): string {
  const values = parts.flatMap(([kind]) => exports.filter((one) => one.kind === kind));
  const stable = values.filter(({ doc, kind }) => !doc.isExperimental && !isType(kind));
  return stable
    .slice(0, FEW)
    .map(({ name }) => name)
    .join(', ');
}

/** Number of names in the example of an import. */
const FEW = 3;

/** Line of a list with links to exports of one kind, which this page has. */
function indexLine(title: string, exports: readonly Export[]): string[] {
  if (exports.length === 0) return [];
  const links = exports.map(({ name }) => `[\`${name}\`](#${name.toLowerCase()})`);
  return [`- ${title}: ${links.join(', ')}`];
}

/** Addresses of all exports: the page of the first entry that has the declaration. */
function addresses(all: ReadonlyMap<string, readonly Export[]>): Map<string, string> {
  const known = new Map<string, string>();
  for (const [entry, exports] of all) {
    for (const { id, name } of exports) {
      if (!known.has(id)) known.set(id, `${entry}.html#${name.toLowerCase()}`);
    }
  }
  return known;
}

/**
 * Writes the page of an entry. Exports that an earlier entry has as well are links to its page.
 * @param all exports by entry, the main entry first
 * @param entry name of the entry, whose import is `specifier`
 */
export function apiMarkdown(
  all: ReadonlyMap<string, readonly Export[]>,
  entry: string,
  specifier: string,
): string {
  const known = addresses(all);
  const exports = all.get(entry) ?? [];
  const idOf = new Map([...[...all.values()].flat(), ...exports].map(({ name, id }) => [name, id]));
  const isHere = ({ id }: Export) => known.get(id)?.startsWith(`${entry}.html`);
  const here = (kind: Kind) => exports.filter((one) => one.kind === kind && isHere(one));
  const elsewhere = parts.flatMap(([kind]) =>
    exports.filter((one) => one.kind === kind && !isHere(one)),
  );
  const addressOf = (name: string) => known.get(idOf.get(name) ?? '');
  const list = elsewhere.map(({ name, id }) => `[\`${name}\`](${known.get(id)})`).join(', ');
  return [
    `# ${importOf(specifier)}`,
    abouts[entry],
    fence(`import { ${someNames(exports)} } from '${importOf(specifier)}';`, 'js'),
    'Stable, in the sense of semantic versioning, is every export that is not marked as experimental. ' +
      'Before 1.0 a minor version may break what is stable; the [changes](../changelog.html) say how ' +
      'to go on.',
    parts.flatMap(([kind, title]) => indexLine(title, here(kind))).join('\n'),
    list === '' ? '' : `Also of other entries, and described there: ${list}.`,
    ...parts.flatMap(([kind, title]) => {
      const found = here(kind);
      return found.length === 0
        ? []
        : [`## ${title}`, ...found.flatMap((one) => exportParts(one, addressOf))];
    }),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
