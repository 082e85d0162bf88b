/** The CPU engine, as recordings need it. */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { DataId, DataType, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import type { Group } from '../../../kernels/cpu/shared/callList.js';
import type { Microkernels } from '../../../kernels/cpu/shared/functions.js';
import type { Schedule } from '../../../kernels/cpu/shared/schedule.js';
import type { Recordings } from '../../engine/recordings.js';
import type { Trials } from '../../engine/trial.js';

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
    /** Returns the bytes of the schedule of groups. */
    bytesOf(groups: readonly Group[]): number;
    /** Writes the schedule of groups, for all threads or for one, to an address in a block of the heap. */
    write(groups: readonly Group[], address: number, block: number, isShared: boolean): Schedule;
    /** Does work in one of two ways, which trials tell. */
    choose(trials: Trials, micro: Microkernels, shared: () => void, alone: () => void): void;
    /** Does the work of a schedule together with the other threads; throws WorkerLost. */
    share(schedule: Schedule): void;
    /** Does the work of a schedule without other threads. */
    doAlone(schedule: Schedule): void;
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
