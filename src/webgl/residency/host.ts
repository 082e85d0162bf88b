/** The backend, as reads and uploads of its tensors need it. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import type { Device } from '../device/device.js';
import type { Frames } from '../frame.js';
import type { Drawer } from '../fusion/drawer.js';
import type { KeptValues } from '../recovery/keptValues.js';
import type { Recovery } from '../recovery/recovery.js';
import type { TileStore } from './tileStore.js';

export interface Host
  extends Pick<
      MathBackendWebGL,
      'texData' | 'makeTensorInfo' | 'disposeIntermediateTensorInfo' | 'disposeData' | 'uploadToGPU'
    >,
    Pick<Drawer, 'computing'> {
  readonly device: Device;
  readonly frames: Frames;
  /** The session of the context in use. */
  readonly session: { readonly store: TileStore };
  readonly recovery: Pick<Recovery, 'useContext' | 'notice' | 'assertThere'>;
  readonly kept: Pick<KeptValues, 'keep'>;
  /** Recorded predictions, which are told of reads. */
  readonly captures: {
    noteKnownRead(dataId: DataId): void;
    noteRead(kernelName: string): void;
  };
  /** Flushes all pending work. */
  flush(): void;
  readSync(dataId: DataId): ReturnType<MathBackendWebGL['readSync']>;
  /** Implements TileRunner.transaction. */
  transaction<T>(inputs: readonly TensorInfo[], body: () => T): T;
  /** Registers `undo`, which is called if the attempt under way fails. */
  onFailure(undo: () => void): void;
}
