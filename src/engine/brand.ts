/**
 * A brand by which copies of this package know each other's work: a page may have loaded several, as ES
 * module, as CommonJS and by script tag, and all of them meet in one tfjs.
 */
import { version } from '../../package.json';

/** The property by which a backend of ours, and its factory, are told from all others. */
export const brand = Symbol.for('tfjs-backend-tiled');

/** A copy of this package, as its backends show it to the others. */
export interface Copy {
  readonly version: string;
  /** Its public calls, by name: only they know how to treat its backends. */
  readonly calls: Partial<Record<string, unknown>>;
}

export const thisCopy: Copy = { version, calls: {} };

/** The copy that has made a backend; undefined where it is none of ours. */
export function copyOf(backend: object | null | undefined): Copy | undefined {
  return (backend as { readonly [brand]?: Copy } | null | undefined)?.[brand];
}

/** The record that a factory of ours carries. */
interface Attempt {
  /** Why the last backend it was to make could not start. */
  failure: string | null;
}

/** The factory, which keeps the reason why it has failed: tfjs only warns of it. */
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

/** The record of a factory of ours; undefined where it is none. */
export function attemptOf(factory: object | null | undefined): Readonly<Attempt> | undefined {
  return (factory as { readonly [brand]?: Attempt } | null | undefined)?.[brand];
}

/** Whether copies of these versions understand each other: as npm's `^` has it. */
export function isCompatible(a: string, b: string): boolean {
  const [[major, minor], [otherMajor, otherMinor]] = [a, b].map((text) => text.split('.'));
  return major === otherMajor && (major !== '0' || minor === otherMinor);
}
