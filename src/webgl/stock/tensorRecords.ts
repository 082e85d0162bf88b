/** Stock's records of tensors, by data, and which of them had no values when they were made. */
import { type DataId, DataStorage } from '@tensorflow/tfjs-core';

export class TensorRecords<R extends { readonly values?: unknown }> extends DataStorage<R> {
  private readonly withoutValues = new Set<DataId>();

  /**
   * Data that was made without values: to be drawn into, or a slice of another's texture. What came
   * with values is not held on to, so that it goes with the last tensor that has it.
   */
  made(): Iterable<DataId> {
    return this.withoutValues;
  }

  override set(dataId: DataId, record: R): void {
    super.set(dataId, record);
    if (record.values == null) this.withoutValues.add(dataId);
  }

  override delete(dataId: DataId): boolean {
    this.withoutValues.delete(dataId);
    return super.delete(dataId);
  }
}
