/** Errors thrown by the script of --module, with their locations in the user's own files. */
import { SourceMap } from 'node:module';
import { Failure } from '../../lib/errors.js';
import type { ModuleBundle } from './bundleModule.js';
import { modulePath } from './messages.js';

/**
 * Matches a location in the bundle as a stack names it: the URL that a page fetched, or the data
 * URL that Node imported.
 */
const places = new RegExp(
  String.raw`(?:https?://[^\s()@]+${modulePath}|data:text/javascript[^\s()@:]*):(\d+):(\d+)`,
  'g',
);

/**
 * Returns the lines of a stack up to the last one in the bundle, with each location mapped to the
 * user's own files.
 */
function ownLines(stack: string, map: string): string[] {
  const sources = new SourceMap(JSON.parse(map));
  let last = 0;
  const lines = stack.split('\n').map((line, i) =>
    line.replace(places, (place, row, column) => {
      last = i;
      const entry = sources.findEntry(Number(row) - 1, Number(column) - 1);
      if (!('originalSource' in entry)) return place;
      const { originalSource, originalLine, originalColumn } = entry;
      return `${originalSource}:${originalLine + 1}:${originalColumn + 1}`;
    }),
  );
  return lines.slice(0, last + 1);
}

/** Returns the error in one line, with its location in the module if it has one. */
export function thrownLine(thrown: string, module: ModuleBundle | undefined): string {
  const [first] = thrown.split('\n');
  const place = module && ownLines(thrown, module.map)[1];
  return place === undefined ? first : `${first} ${place.trim()}`;
}

/** @param thrown the error's text, from `thrownText` */
export function moduleFailure({ file, map }: ModuleBundle, thrown: string): Failure {
  return new Failure(`--module is "${file}", which throws ${ownLines(thrown, map).join('\n')}`);
}

/**
 * Returns the reason why a run cannot continue.
 * @param message one line
 * @param thrown text of the underlying error, from `thrownText`. If its stack leads through the
 *   module, the module's error is returned instead of `message`.
 */
export function runFailure(
  message: string,
  thrown: string,
  module: ModuleBundle | undefined,
): Failure {
  const isOfModule = module !== undefined && thrown.search(places) >= 0;
  return isOfModule ? moduleFailure(module, thrown) : new Failure(message);
}
