/** Tensors in the containers that models take and return: one, an array, or an object by name. */
import { Tensor } from '@tensorflow/tfjs-core';

export interface Flat {
  readonly tensors: readonly Tensor[];
  /** Puts other tensors into a container of the same kind. */
  rebuild(tensors: readonly Tensor[]): unknown;
}

/**
 * Takes the tensors out of a container.
 * @param what name of the container in errors
 * @throws Error if anything else is in it
 */
export function flatten(what: string, value: unknown): Flat {
  if (value instanceof Tensor) return { tensors: [value], rebuild: ([tensor]) => tensor };
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) assertTensor(`${what}[${i}]`, item);
    return { tensors: value, rebuild: (tensors) => [...tensors] };
  }
  if (typeof value !== 'object' || value === null) {
    throw new Error(
      `${what} must be a tensor, an array of tensors or an object of tensors; got ${typeof value}`,
    );
  }
  const names = Object.keys(value);
  const tensors = Object.values(value);
  for (const [i, item] of tensors.entries()) assertTensor(`${what}.${names[i]}`, item);
  return {
    tensors,
    rebuild: (others) => Object.fromEntries(names.map((name, i) => [name, others[i]])),
  };
}

function assertTensor(what: string, value: unknown): void {
  if (value instanceof Tensor) return;
  throw new Error(`${what} must be a tensor; got ${value === null ? 'null' : typeof value}`);
}
