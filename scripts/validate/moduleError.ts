/** Errors that the script of --module threw, and their places in its own files. */
import { SourceMap } from 'node:module';
import { Failure } from '../lib/errors.js';
import type { ModuleBundle } from './bundleModule.js';
import { modulePath } from './messages.js';

/** A place in the bundle, as a stack names it: a page fetched it, or Node was given it as text. */
const places = new RegExp(
  String.raw`(?:https?://[^\s()@]+${modulePath}|data:text/javascript[^\s()@:]*):(\d+):(\d+)`,
  'g',
);

/** The lines of a stack up to the last one in the bundle, each place in the script's own files. */
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

/** The error in one line, with its place in the module where it has one. */
export function thrownLine(thrown: string, module: ModuleBundle | undefined): string {
  const [first] = thrown.split('\n');
  const place = module && ownLines(thrown, module.map)[1];
  return place === undefined ? first : `${first} ${place.trim()}`;
}

/** @param thrown as `thrownText` tells it */
export function moduleFailure({ file, map }: ModuleBundle, thrown: string): Failure {
  return new Failure(`--module is "${file}", which throws ${ownLines(thrown, map).join('\n')}`);
}

/**
 * Why a run cannot go on.
 * @param message in one line
 * @param thrown what is behind it, as `thrownText` tells it: the module's error where its stack
 *   leads through the module
 */
export function runFailure(
  message: string,
  thrown: string,
  module: ModuleBundle | undefined,
): Failure {
  const isOfModule = module !== undefined && thrown.search(places) >= 0;
  return isOfModule ? moduleFailure(module, thrown) : new Failure(message);
}
