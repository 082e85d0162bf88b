/** Watch of the data that a recorded prediction reads and does not make: weights. */
import { type DataId, engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { KernelWatch } from './kernelWatch.js';
import type { Pins } from './pins.js';

export class WeightWatch {
  private readonly variables: (readonly [Variable, DataId])[];
  private readonly weights: ReadonlySet<DataId>;
  /** Tensors that the kernels read, and that others than the model have. */
  private readonly tensors: readonly Tensor[];

  /**
   * @param watch notes of the prediction, which has ended
   * @param onRelease called when data of a weight is disposed of
   */
  constructor(
    private readonly pins: Pins,
    watch: KernelWatch,
    private readonly onRelease: () => void,
  ) {
    const weights = watch.external;
    this.weights = weights;
    this.tensors = [...watch.externalTensors].filter(({ isDisposed }) => !isDisposed);
    for (const dataId of weights) pins.watch(dataId, onRelease);
    this.variables = Object.values(engine().state.registeredVariables)
      .filter(({ dataId }) => weights.has(dataId))
      .map((variable) => [variable, variable.dataId]);
  }

  /** Returns how a weight was replaced, while somebody else keeps its data; null if none was. */
  replaced(): string | null {
    for (const [variable, dataId] of this.variables) {
      if (variable.dataId !== dataId) return 'a variable was assigned to';
    }
    for (const { isDisposed } of this.tensors) if (isDisposed) return 'a weight was disposed of';
    return null;
  }

  end(): void {
    for (const dataId of this.weights) this.pins.unwatch(dataId, this.onRelease);
  }
}
