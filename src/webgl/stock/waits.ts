/** Stock's waits for the GPU, which would never end after the context is lost. */
import type { GPGPUContext } from '@tensorflow/tfjs-backend-webgl';
import { ContextLostError } from '../../../kernels/errors.js';
import type { StockContext, StockInternals } from './stockInternals.js';

/** Ends waits for the GPU when the context is lost; reads then fail. */
export function endWaits(gpgpu: GPGPUContext, isLost: () => boolean): void {
  const { pollFence } = gpgpu;
  gpgpu.pollFence = async ({ query, isFencePassed }) => {
    await pollFence.call(gpgpu, { query, isFencePassed: () => isLost() || isFencePassed() });
    if (isLost()) throw new ContextLostError('a tensor was being read from the GPU');
  };
  const timers = gpgpu as unknown as Pick<StockContext, 'isQueryAvailable'>;
  const { isQueryAvailable } = timers;
  timers.isQueryAvailable = (query, version) =>
    isLost() || isQueryAvailable.call(gpgpu, query, version);
}

/** Ends waits for programs with their context; stock would poll the next context for ever. */
export function endCompileWaits(backend: StockInternals): void {
  const { checkCompletionAsync_ } = backend;
  backend.checkCompletionAsync_ = async (binary) => {
    if (!Object.values(backend.binaryCache).includes(binary)) {
      throw new ContextLostError('programs were being compiled; compile them again');
    }
    return checkCompletionAsync_.call(backend, binary);
  };
}
