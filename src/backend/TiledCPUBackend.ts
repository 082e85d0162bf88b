import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';

/** The engine for devices without a usable GPU: stock tfjs 'cpu' with our convolutions. */
export class TiledCPUBackend extends MathBackendCPU {
  /** @param reason why this engine, for tiledInfo() */
  constructor(readonly reason = 'asked for by name') {
    super();
  }
}
