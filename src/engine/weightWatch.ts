/** Watch of the data that a recorded prediction reads and does not make: weights. */
import { type DataId, engine, type Variable } from '@tensorflow/tfjs-core';
import type { Pins } from './pins.js';

export class WeightWatch {
  private readonly variables: (readonly [Variable, DataId])[];

  /**
   * @param weights data that must not be disposed of
   * @param onRelease called when some of it is
   */
  constructor(
    private readonly pins: Pins,
    private readonly weights: ReadonlySet<DataId>,
    private readonly onRelease: () => void,
  ) {
    for (const dataId of weights) pins.watch(dataId, onRelease);
    this.variables = Object.values(engine().state.registeredVariables)
      .filter(({ dataId }) => weights.has(dataId))
      .map((variable) => [variable, variable.dataId]);
  }

  /** True if a variable has other data now, while somebody else may keep the data that it had. */
  isAssigned(): boolean {
    for (const [variable, dataId] of this.variables) if (variable.dataId !== dataId) return true;
    return false;
  }

  end(): void {
    for (const dataId of this.weights) this.pins.unwatch(dataId, this.onRelease);
  }
}
