/** The CPU engine, as recordings need it. */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { DataId, DataType, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import type { CallList, Group } from '../../../kernels/cpu/shared/callList.js';
import type { Recordings } from '../../engine/recordings.js';
import type { Trial } from '../../engine/trial.js';

/** Place of data in the heap. */
export interface Place {
  /** Null if the values are a JavaScript array. */
  address: number | null;
  /** Number of values. */
  readonly length: number;
}

export interface RecordingHost
  extends Pick<MathBackendCPU, 'data' | 'makeTensorInfo' | 'disposeData' | 'incRef'> {
  readonly captures: Recordings;
  readonly sharing: {
    /** Wakes workers for work of this effort that comes bit by bit. */
    expect(effort: number): void;
    /** Writes the list of a group to an address in a block of the heap. */
    write(group: Group, address: number, block: number): CallList;
    /** Does the work of a list in the way that the trial tells; throws WorkerLost. */
    doList(list: CallList, trial: Trial): void;
    /** Does the work of a list without other threads. */
    doAlone(list: CallList): void;
    /** True if threads can do parts of the list's work, and it is large enough for that. */
    mayShare(list: CallList): boolean;
    /** True if times decide what is shared. */
    readonly measures: boolean;
  };
  readonly residents: {
    /** True if the values of the data are in the heap. */
    isOnHeap(dataId: DataId): boolean;
    /** Returns the addresses of all blocks of the data. */
    blocksOf(dataId: DataId): number[];
    get(dataId: DataId): Place | undefined;
  };
  /** Allocates a block of the heap; throws if there is no room. */
  allocate(bytes: number): number;
  free(address: number): void;
  /** Returns a view of values of the heap; it is valid until the next allocation. */
  arrayAt(dtype: DataType, address: number, length: number): TypedArray;
  /** Returns a new tensor with the values of this one, in the heap if they are there. */
  copyOf(tensor: TensorInfo): TensorInfo;
  /** Forgets data that was kept for a recording, and whose block the recording frees. */
  forget(dataId: DataId): void;
}
