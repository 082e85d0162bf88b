/** Stock wasm as one script with its binaries inside, so that a page opened from a file has them. */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
import { env } from '@tensorflow/tfjs-core';

const address = (bytes: BufferSource) =>
  URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }));

// Threads change the time only, and their worker scripts do not survive bundling.
env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
setWasmPaths({
  'tfjs-backend-wasm.wasm': address(plain),
  'tfjs-backend-wasm-simd.wasm': address(simd),
  // Without threads nobody asks for it, but the list must be complete.
  'tfjs-backend-wasm-threaded-simd.wasm': address(simd),
});
