import { engine } from '@tensorflow/tfjs-core';

/** Meter of the calling thread's work; pause() and resume() come in turns. */
export interface HostMeter {
  start(): void;
  /** Called when a read is requested. */
  pause(): void;
  /** Called when its values have come. */
  resume(): void;
}

/**
 * Pauses the meter during all reads, of which several may be open at once. What comes after the last
 * read is its user's: the meter stays paused then if the caller reads no more.
 * @returns a function that stops watching
 */
export function watchReads(meter: HostMeter): () => void {
  const tfjs = engine();
  const { read, readSync } = tfjs;
  let open = 0;
  const begin = () => {
    if (open++ === 0) meter.pause();
  };
  const end = () => {
    if (--open === 0) meter.resume();
  };
  tfjs.readSync = (dataId) => {
    begin();
    try {
      return readSync.call(tfjs, dataId);
    } finally {
      end();
    }
  };
  tfjs.read = async (dataId) => {
    begin();
    try {
      return await read.call(tfjs, dataId);
    } finally {
      end();
    }
  };
  return () => {
    Reflect.deleteProperty(tfjs, 'read');
    Reflect.deleteProperty(tfjs, 'readSync');
  };
}
