import { GPGPUContext, MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';

export class TiledWebGLBackend extends MathBackendWebGL {
  constructor() {
    super(new GPGPUContext());
  }
}
