/** The backend, as recordings need it. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { ContextSession } from '../contextSession.js';
import type { Pins } from '../device/pins.js';
import type { Recovery } from '../recovery/recovery.js';
import type { KernelWatch } from './kernelWatch.js';

/** What can be given up when memory is short. */
export interface Droppable {
  drop(reason: string): void;
}

/** Everything that outlives one recording. */
export interface Registry {
  /** Watches of data that may be disposed of. */
  readonly dataPins: Pins;
  /** Runs `body` while kernels and reads tell the watch what they do. */
  watching<T>(watch: KernelWatch, body: () => T): T;
  add(recording: Droppable): void;
  remove(recording: Droppable): void;
}

export interface CaptureHost
  extends Pick<
    MathBackendWebGL,
    | 'texData'
    | 'makeTensorInfo'
    | 'uploadToGPU'
    | 'disposeData'
    | 'incRef'
    | 'packTensor'
    | 'unpackTensor'
  > {
  /** The session of the context in use. */
  readonly session: ContextSession;
  readonly recovery: Pick<Recovery, 'useContext'>;
  readonly captures: Registry;
  /** Flushes all pending work. */
  flush(): void;
}
