/**
 * Markers in a Markdown text, which enclose what the figures generate:
 * `<!-- figures: NAME -->` ... `<!-- /figures -->`, each on a line of its own.
 */
import { Failure } from '../lib/errors.js';

const begin = (name: string) => `<!-- figures: ${name} -->`;
const end = '<!-- /figures -->';
const beginPattern = /^<!-- figures: (\S.*\S|\S) -->$/;

/** A comment that looks like a marker. */
const similar = /^\s*<!--\s*\/?\s*figures\b/;

/**
 * Returns a text with new content between its markers.
 * @param path of the text's file, for messages
 * @param blocks the content by name
 * @param required names that the text must have
 * @throws Failure if a marker is missing, doubled, unclosed, unopened or unknown
 */
export function fillMarkers(
  path: string,
  text: string,
  blocks: ReadonlyMap<string, string>,
  required: readonly string[],
): string {
  const fail = (line: number, message: string): never => {
    throw new Failure(`${path}:${line}: ${message}`);
  };
  const filled: string[] = [];
  const lineOf = new Map<string, number>();
  let open: string | null = null;
  for (const [i, line] of text.split('\n').entries()) {
    const name = beginPattern.exec(line)?.[1];
    if (name !== undefined) {
      if (open !== null) {
        fail(i + 1, `${begin(name)} begins inside ${begin(open)}; close that with ${end} first`);
      }
      if (lineOf.has(name)) {
        fail(i + 1, `${begin(name)} is there a second time, after line ${lineOf.get(name)}`);
      }
      const content = blocks.get(name);
      if (content === undefined) {
        fail(
          i + 1,
          `${begin(name)} is unknown; it must be one of ${[...blocks.keys()].join(', ')}`,
        );
      }
      lineOf.set(name, i + 1);
      open = name;
      // Markdown after a line of HTML begins after an empty line.
      filled.push(line, '', ...(content === '' ? [] : [content as string, '']));
    } else if (line === end) {
      if (open === null) fail(i + 1, `${end} closes nothing; no ${begin('NAME')} is open`);
      open = null;
      filled.push(line);
    } else if (similar.test(line)) {
      fail(i + 1, `"${line.trim()}" is no marker; it must be ${begin('NAME')} or ${end}`);
    } else if (open === null) {
      filled.push(line);
    }
  }
  if (open !== null) fail(lineOf.get(open) as number, `${begin(open)} is not closed with ${end}`);
  const missing = required.find((name) => !lineOf.has(name));
  if (missing !== undefined) {
    throw new Failure(
      `${path}: ${begin(missing)} is missing; add it and ${end}, each on a line of its own`,
    );
  }
  return filled.join('\n');
}
