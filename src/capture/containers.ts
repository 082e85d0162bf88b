/** Tensors in the containers that models take and return: one, an array, or an object by name. */
import { Tensor } from '@tensorflow/tfjs-core';

export interface Flat {
  readonly tensors: readonly Tensor[];
  /** Kind of the container: the same for all that rebuild() makes alike. */
  readonly kind: string;
  /** Puts other tensors into a container of the same kind. */
  rebuild(tensors: readonly Tensor[]): unknown;
}

/**
 * Takes the tensors out of a container.
 * @param what name of the container in errors
 * @throws Error if anything else is in it
 */
export function flatten(what: string, value: unknown): Flat {
  if (value instanceof Tensor) {
    assertTensor(what, value);
    return { tensors: [value], kind: 'one', rebuild: ([tensor]) => tensor };
  }
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) assertTensor(`${what}[${i}]`, item);
    return { tensors: value, kind: 'array', rebuild: (tensors) => [...tensors] };
  }
  if (typeof value !== 'object' || value === null) {
    throw new Error(
      `${what} must be a tensor, an array of tensors or an object of tensors; got ${value === null ? 'null' : typeof value}`,
    );
  }
  const names = Object.keys(value);
  const tensors = Object.values(value);
  for (const [i, item] of tensors.entries()) assertTensor(`${what}.${names[i]}`, item);
  return {
    tensors,
    kind: JSON.stringify(names),
    rebuild: (others) => Object.fromEntries(names.map((name, i) => [name, others[i]])),
  };
}

/** Returns the tensors of a container once each, even if it has one in several places. */
export function distinct({ tensors, kind, rebuild }: Flat): Flat {
  const once = [...new Set(tensors)];
  const places = tensors.map((tensor) => once.indexOf(tensor));
  return { tensors: once, kind, rebuild: (others) => rebuild(places.map((i) => others[i])) };
}

function assertTensor(what: string, value: unknown): void {
  if (value instanceof Tensor) {
    if (!value.isDisposed) return;
    throw new Error(`${what} must be a tensor in use; this [${value.shape}] was disposed of`);
  }
  throw new Error(`${what} must be a tensor; got ${value === null ? 'null' : typeof value}`);
}
