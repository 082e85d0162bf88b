/**
 * Values that a model computes in each prediction and that seldom change, such as the size of a picture.
 * They become tensors that stay the same, and so are to a recording like weights: results of these alone
 * are computed once, and where they are computed eagerly.
 */
import { type NamedTensorMap, type Tensor, type TypedArray, tensor } from '@tensorflow/tfjs-core';

/** Most values of a tensor that is held. */
const MOST_VALUES = 16;

interface Held {
  readonly tensor: Tensor;
  readonly values: TypedArray;
}

export class HeldValues {
  private readonly all = new Map<string, Held>();

  /** @param valuesOnCPU returns the values of a tensor; null if a read would be needed */
  constructor(private readonly valuesOnCPU: (x: Tensor) => TypedArray | null) {}

  /**
   * Returns tensors that stay the same from call to call, with the values of those given tensors that
   * have few values on the CPU.
   */
  of(given: NamedTensorMap): NamedTensorMap {
    const found: NamedTensorMap = {};
    for (const [name, x] of Object.entries(given)) {
      const values = x.size <= MOST_VALUES && x.dtype !== 'string' ? this.valuesOnCPU(x) : null;
      if (values !== null) found[name] = this.hold(name, x, values);
    }
    return found;
  }

  dispose(): void {
    for (const { tensor } of this.all.values()) tensor.dispose();
    this.all.clear();
  }

  private hold(name: string, { shape, dtype }: Tensor, values: TypedArray): Tensor {
    const last = this.all.get(name);
    if (last !== undefined) {
      const { tensor } = last;
      const isSame = tensor.dtype === dtype && `${tensor.shape}` === `${shape}`;
      if (isSame && last.values.every((value, i) => Object.is(value, values[i]))) return tensor;
      tensor.dispose();
    }
    const own = values.slice();
    const made = tensor(own, shape, dtype);
    this.all.set(name, { tensor: made, values: own });
    return made;
  }
}
