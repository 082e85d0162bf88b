/** Texts that the package throws or logs, as its sources have them, and those that the documents list. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript-5.4';

/** Sign that stands for what varies in a text. */
export const VARIES = '…';

export interface Messages {
  /** All texts in the sources; what varies is `…`. */
  readonly texts: ReadonlySet<string>;
  /** Texts of warnings on the console. */
  readonly warnings: readonly string[];
  /** Texts of errors that are thrown, with the name of their class. */
  readonly errors: readonly { readonly name: string; readonly text: string }[];
}

/** Folders whose texts are for users of something else than the backends, or for no user. */
const left = [/^src\/validator\//, /^kernels\/cpu\/wasm\//];

/** @returns sources of the package by path, without those of the validator */
export function packageSources(root: string): Map<string, string> {
  const paths = ['src', 'kernels'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts') && !left.some((pattern) => pattern.test(path))),
  );
  return new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** Values of constants that are texts, by name; texts use them. */
type Constants = ReadonlyMap<string, string>;

const parse = (path: string, source: string) =>
  ts.createSourceFile(path, source, ts.ScriptTarget.ES2022, true);

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

const isPlus = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;

/** Returns the text of an expression, with `…` for what varies; null if it is no text. */
function textOf(node: ts.Expression, constants: Constants): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression, constants);
  if (ts.isIdentifier(node)) return constants.get(node.text) ?? null;
  if (ts.isTemplateExpression(node)) {
    const parts = node.templateSpans.map(
      ({ expression, literal }) => `${insertedText(expression, constants)}${literal.text}`,
    );
    return `${node.head.text}${parts.join('')}`;
  }
  if (!isPlus(node)) return null;
  const [left, right] = [node.left, node.right].map((side) => textOf(side, constants));
  return left === null && right === null ? null : `${left ?? VARIES}${right ?? VARIES}`;
}

function insertedText(node: ts.Expression, constants: Constants): string {
  return (ts.isIdentifier(node) ? constants.get(node.text) : undefined) ?? VARIES;
}

/** Constants in capitals of all files; a name with several values stands for what varies. */
function constantsOf(files: readonly ts.SourceFile[]): Map<string, string> {
  const values = new Map<string, Set<string>>();
  for (const file of files) {
    for (const statement of file.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (!/^[A-Z_]+$/.test(name.getText()) || initializer === undefined) continue;
        const text = textOf(initializer, new Map());
        if (text === null) continue;
        values.set(name.getText(), (values.get(name.getText()) ?? new Set()).add(text));
      }
    }
  }
  const single = [...values].flatMap(([name, texts]) =>
    texts.size === 1 ? [[name, [...texts][0]] as const] : [],
  );
  return new Map(single);
}

const isConsoleCall = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) && /^console\.(warn|error|log|info)$/.test(node.expression.getText());

/** @param sources texts of TypeScript by path */
export function messagesIn(sources: ReadonlyMap<string, string>): Messages {
  const files = [...sources].map(([path, source]) => parse(path, source));
  const constants = constantsOf(files);
  const texts = new Set<string>();
  const warnings: string[] = [];
  const errors: { name: string; text: string }[] = [];
  for (const file of files) {
    walk(file, (node) => {
      if (ts.isExpression(node)) {
        const text = ts.isIdentifier(node) ? null : textOf(node, constants);
        if (text !== null) texts.add(text);
      }
      if (isConsoleCall(node)) {
        const [first] = node.arguments;
        warnings.push((first && textOf(first, constants)) ?? VARIES);
      }
      if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
        const name = node.expression.text;
        const [first] = node.arguments ?? [];
        const text = first && textOf(first, constants);
        if (/Error$|^[A-Z]\w*(Refusal|Memory|Full)$/.test(name) && text)
          errors.push({ name, text });
      }
    });
  }
  return { texts, warnings, errors };
}

/** Heads of tables whose first column lists texts. */
const listing = /^(message|`?(threads\.|info\.)?reason\b)/;

const codeIn = (markdown: string) => [...markdown.matchAll(/`([^`]+)`/g)].map(([, code]) => code);

/**
 * Returns the texts that a document lists: code in headings, and in the first column of tables that are
 * headed `message` or `reason`.
 */
export function listedIn(markdown: string): string[] {
  const found: string[] = [];
  let isListing = false;
  let wasRow = false;
  for (const line of markdown.split('\n')) {
    if (/^#{2,} /.test(line)) found.push(...codeIn(line));
    const isRow = line.startsWith('|');
    const [, first = ''] = isRow ? line.split(/(?<!\\)\|/) : [];
    if (isRow && !wasRow) isListing = listing.test(first.trim());
    else if (isRow && isListing) found.push(...codeIn(first));
    wasRow = isRow;
  }
  return found;
}

/** Number of letters of a text without what varies. */
const weight = (text: string) => text.replace(/[^\p{L}]/gu, '').length;

/** True if a document that lists `texts` says enough of a message for a reader to find it. */
export function isListed(message: string, texts: readonly string[]): boolean {
  return texts.some((text) => message.includes(text) && 2 * weight(text) > weight(message));
}
