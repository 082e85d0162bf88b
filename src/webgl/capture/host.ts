/** The backend, as recordings need it. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { KernelWatch } from '../../engine/kernelWatch.js';
import type { Pins } from '../../engine/pins.js';
import type { Droppable } from '../../engine/recordings.js';
import type { ContextSession } from '../contextSession.js';
import type { Recovery } from '../recovery/recovery.js';

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
    | 'readSync'
    | 'packTensor'
    | 'unpackTensor'
  > {
  /** The session of the context in use. */
  readonly session: ContextSession;
  readonly recovery: Pick<Recovery, 'ready' | 'useReadyContext'>;
  readonly captures: Registry;
  /** Flushes all pending work. */
  flush(): void;
}
