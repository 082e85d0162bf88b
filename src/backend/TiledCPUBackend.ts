import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { EngineLog } from './engineLog.js';

/** The engine for devices without a usable GPU: stock tfjs 'cpu' with our convolutions. */
export class TiledCPUBackend extends MathBackendCPU {
  readonly log = new EngineLog();

  /** @param reason why this engine, for tiledInfo() */
  constructor(readonly reason = 'asked for by name') {
    super();
  }

  countVariant(kernelName: string, variant: string): void {
    this.log.countVariant(kernelName, variant);
  }
}
