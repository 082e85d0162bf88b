/**
 * Stock wasm as one script with its binaries embedded, so that a page opened from a file can use
 * it.
 */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
import { env } from '@tensorflow/tfjs-core';

const address = (bytes: BufferSource) =>
  URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }));

// Threads change only the time, and their worker scripts do not survive bundling.
env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
setWasmPaths({
  'tfjs-backend-wasm.wasm': address(plain),
  'tfjs-backend-wasm-simd.wasm': address(simd),
  // Without threads this binary is never requested, but the list must be complete.
  'tfjs-backend-wasm-threaded-simd.wasm': address(simd),
});
