/**
 * A brand by which copies of this package recognise each other's backends. A page may load several
 * copies (as an ES module, as CommonJS and by script tag), and all of them use the same tfjs.
 */
import { version } from '../../package.json';

/** The property that marks our backends and their factories. */
export const brand = Symbol.for('tfjs-backend-tiled');

/** A copy of this package, as its backends expose it to other copies. */
export interface Copy {
  readonly version: string;
  /** Its public functions, keyed by name; only they can handle the backends of this copy. */
  readonly calls: Partial<Record<string, unknown>>;
}

export const thisCopy: Copy = { version, calls: {} };

/** Returns the copy that made a backend; undefined if it is not our backend. */
export function copyOf(backend: object | null | undefined): Copy | undefined {
  return (backend as { readonly [brand]?: Copy } | null | undefined)?.[brand];
}

/** The record that our backend factories carry. */
interface Attempt {
  /** The reason why the last attempt to make a backend failed; null if it did not fail. */
  failure: string | null;
}

/** Wraps a factory so that it keeps the reason of its last failure, because tfjs only warns. */
export function branded<T>(make: () => T): () => T {
  const attempt: Attempt = { failure: null };
  const factory = () => {
    attempt.failure = null;
    try {
      return make();
    } catch (error) {
      attempt.failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  };
  return Object.assign(factory, { [brand]: attempt });
}

/** Returns the record of our factory; undefined for other factories. */
export function attemptOf(factory: object | null | undefined): Readonly<Attempt> | undefined {
  return (factory as { readonly [brand]?: Attempt } | null | undefined)?.[brand];
}

/** True if copies of these versions are compatible, by the rule of npm's `^`. */
export function isCompatible(a: string, b: string): boolean {
  const [[major, minor], [otherMajor, otherMinor]] = [a, b].map((text) => text.split('.'));
  return major === otherMajor && (major !== '0' || minor === otherMinor);
}
