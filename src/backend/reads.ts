/** Reads that do not block: one at a time for a tensor, and none that fails leaves anything behind. */
import type { DataId } from '@tensorflow/tfjs-core';

export class Reads<Values> {
  private readonly pending = new Map<DataId, Promise<Values>>();

  /**
   * The values that `read` gives; where one for this tensor is under way, those of that.
   * @param failed cleans up after it, and gives the values in another way or throws
   */
  start(
    dataId: DataId,
    read: () => Promise<Values>,
    failed: (error: unknown) => Values,
  ): Promise<Values> {
    const known = this.pending.get(dataId);
    if (known !== undefined) return known;
    const values = read()
      .catch(failed)
      .finally(() => this.pending.delete(dataId));
    this.pending.set(dataId, values);
    return values;
  }
}
