/** The WebGL engine with its kernels. Only this file imports the list of them, and stock webgl. */
import { version_webgl } from '@tensorflow/tfjs-backend-webgl';
import { inheritedKernel } from '../kernels/webgl/fallback.js';
import { webglKernels } from '../kernels/webgl/index.js';
import { variants } from '../kernels/webgl/variants.js';
import type { Engine } from './engines.js';
import { recallTuning, tuner } from './tuner.js';
import { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

export const webglEngine: Engine = {
  name: 'webgl',
  stock: { name: 'webgl', packageName: 'tfjs-backend-webgl', version: version_webgl },
  kernels: webglKernels,
  inherit: inheritedKernel,
  make: (reason) => recallTuning(new TiledWebGLBackend(reason)),
  variantNames: variants.map(({ name }) => name),
  tuner,
};
