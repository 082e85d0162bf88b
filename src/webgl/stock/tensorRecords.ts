/** Stock's records of tensors by data id, and the set of data that was made without values. */
import { type DataId, DataStorage } from '@tensorflow/tfjs-core';

export class TensorRecords<R extends { readonly values?: unknown }> extends DataStorage<R> {
  private readonly withoutValues = new Set<DataId>();

  /**
   * Returns the data that was made without values: to be drawn into, or as a slice of another
   * tensor's texture. Data that came with values is not held here, so that it can be freed with the
   * last tensor that has it.
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
