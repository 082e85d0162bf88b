/** Exports of the package's entries, with their doc comments, as the declarations in dist/types have them. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript-5.4';
import { Failure } from '../../lib/errors.js';

export interface Doc {
  /** Markdown. */
  readonly text: string;
  /** Parameters that are described, with the description. */
  readonly params: readonly (readonly [name: string, text: string])[];
  readonly returns: string | null;
  readonly throws: readonly string[];
  /** Code. */
  readonly examples: readonly string[];
  /** True if the export may change in any version. */
  readonly isExperimental: boolean;
}

export type Kind = 'function' | 'interface' | 'type' | 'class' | 'constant';

export interface Export {
  readonly name: string;
  readonly kind: Kind;
  /** Declaration with the comments of its members; without members that are private, or of an experimental class. */
  readonly text: string;
  readonly doc: Doc;
  /** Identifies the declaration, because several entries export it. */
  readonly id: string;
  /** Names of types that the declaration mentions. */
  readonly mentions: readonly string[];
}

const kinds: readonly (readonly [(node: ts.Node) => boolean, Kind])[] = [
  [ts.isFunctionDeclaration, 'function'],
  [ts.isInterfaceDeclaration, 'interface'],
  [ts.isTypeAliasDeclaration, 'type'],
  [ts.isClassDeclaration, 'class'],
  [ts.isVariableDeclaration, 'constant'],
];

/** Returns Markdown of a comment, in which lines are wrapped. */
function commentText(comment: ts.JSDoc['comment']): string {
  return (ts.getTextOfJSDocComment(comment) ?? '').trim();
}

function docOf(node: ts.Node): Doc {
  const tags = ts.getJSDocTags(node);
  const named = (name: string) =>
    tags.filter(({ tagName }) => tagName.text === name).map(({ comment }) => commentText(comment));
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  return {
    text: commentText(comment?.comment),
    params: tags
      .filter(ts.isJSDocParameterTag)
      .map(({ name, comment: text }) => [name.getText(), commentText(text)] as const),
    returns: named('returns')[0] ?? null,
    throws: named('throws'),
    examples: named('example'),
    isExperimental: tags.some(({ tagName }) => tagName.text === 'experimental'),
  };
}

/** Text of a declaration without its comments, as dist/types has it. */
function declarationText(node: ts.Node): string {
  return node.getText().replace(/^(export |declare )+/, '');
}

/** True for the name of a member that users cannot write: `#x`, or a symbol. */
const isUnnamed = (name: ts.PropertyName): boolean =>
  ts.isPrivateIdentifier(name) || ts.isComputedPropertyName(name);

const isHidden = (node: ts.ClassElement): boolean =>
  (node.name === undefined && !ts.isConstructorDeclaration(node)) ||
  (node.name !== undefined && isUnnamed(node.name)) ||
  (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !==
    0;

/** Longest signature in one line, in characters. */
const SIGNATURE_LENGTH = 78;

/** Text of a function's declaration, with a line for each parameter if it is long. */
function signature({ parameters }: ts.FunctionDeclaration, text: string): string {
  if (text.length <= SIGNATURE_LENGTH || parameters.length === 0) return text;
  const all = parameters.map((one) => one.getText());
  const lines = all.map((one) => `\n    ${one},`).join('');
  const [from, to] = [all[0], all[all.length - 1]];
  const start = text.indexOf(`(${from}`) + 1;
  return `${text.slice(0, start)}${lines}\n${text.slice(text.lastIndexOf(`${to})`) + to.length)}`;
}

/** Text of a declaration as the reference shows it. */
function shownText(node: ts.Node, doc: Doc): string {
  const text = declarationText(node);
  if (ts.isVariableDeclaration(node)) return `const ${text};`;
  if (ts.isFunctionDeclaration(node)) return signature(node, text);
  if (!ts.isClassDeclaration(node)) return text;
  const head = text.slice(0, text.indexOf('{')).trim();
  const members = node.members.filter((member) => !doc.isExperimental && !isHidden(member));
  if (members.length === 0) return head;
  return `${head} {${members.map((member) => member.getFullText()).join('')}\n}`;
}

/** Names of all types in a declaration. */
function mentionsOf(node: ts.Node): string[] {
  const found = new Set<string>();
  const visit = (part: ts.Node) => {
    if (ts.isTypeReferenceNode(part)) found.add(part.typeName.getText());
    ts.forEachChild(part, visit);
  };
  visit(node);
  return [...found];
}

function exportOf(name: string, symbol: ts.Symbol, root: string): Export {
  const [node] = symbol.declarations ?? [];
  const [, kind] = kinds.find(([is]) => node !== undefined && is(node)) ?? [];
  if (kind === undefined) throw new Failure(`the export ${name} is of no kind that the site shows`);
  // The comment of a constant belongs to its statement.
  const doc = docOf(ts.isVariableDeclaration(node) ? node.parent.parent : node);
  return {
    name,
    kind,
    doc,
    text: shownText(node, doc),
    id: `${relative(root, node.getSourceFile().fileName)}:${node.pos}`,
    mentions: mentionsOf(node),
  };
}

/**
 * Reads the exports of declaration files.
 * @param entries the files, by the name of their entry
 * @returns exports by entry, in alphabetical order
 * @throws Failure if a file does not exist
 */
export function readExports(
  root: string,
  entries: Readonly<Record<string, string>>,
): Map<string, Export[]> {
  const paths = Object.entries(entries).map(([name, path]) => [name, join(root, path)] as const);
  for (const [, path] of paths) {
    if (!existsSync(path)) throw new Failure(`${path} does not exist; npm run build makes it`);
  }
  const options: ts.CompilerOptions = {
    noLib: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists } = host;
  // Types of other packages are shown by their names, so their files need not be read.
  host.fileExists = (path) => !path.includes('node_modules') && fileExists(path);
  const files = paths.map(([, path]) => path);
  const program = ts.createProgram(files, options, host);
  const checker = program.getTypeChecker();
  return new Map(
    paths.map(([name, path]) => {
      const file = program.getSourceFile(path)!;
      const symbol = checker.getSymbolAtLocation(file);
      const symbols = symbol === undefined ? [] : checker.getExportsOfModule(symbol);
      const exports = symbols.map((one) => {
        const isAlias = (one.flags & ts.SymbolFlags.Alias) !== 0;
        return exportOf(one.name, isAlias ? checker.getAliasedSymbol(one) : one, root);
      });
      return [name, exports.sort((a, b) => (a.name < b.name ? -1 : 1))] as const;
    }),
  );
}
