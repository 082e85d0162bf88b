/** ONNX Runtime Web on the CPU: its WebAssembly with SIMD. */
import { bytesAt, type Contestant, type PeerNet } from './contestant.js';

export async function loadInOnnxRuntime(net: PeerNet): Promise<Contestant> {
  const { onnx, shape, threads, onnxFiles } = net;
  // Its own module, as an importing page has it: a bundle could not start its threads.
  const script = `${onnxFiles}ort.wasm.min.mjs`;
  const { env, InferenceSession, Tensor } = (await import(
    script
  )) as typeof import('onnxruntime-web');
  env.wasm.wasmPaths = new URL(onnxFiles, location.href).href;
  env.wasm.numThreads = threads;
  const session = await InferenceSession.create(await bytesAt(onnx), {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  return {
    async predict(input) {
      const results = await session.run({ input0: new Tensor('float32', input, shape) });
      return session.outputNames.map((name) => results[name].data as Float32Array);
    },
  };
}
