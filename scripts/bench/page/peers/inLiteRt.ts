/** LiteRT.js on the CPU. */
import { bytesAt, type Contestant, type PeerNet } from './contestant.js';
import { Tensor as LiteRtTensor, loadAndCompile, loadLiteRt } from './litert.js';

export async function loadInLiteRt(net: PeerNet): Promise<Contestant> {
  const { tflite, shape, threads, litertFiles } = net;
  await loadLiteRt(litertFiles, { threads: threads > 1 });
  const compiled = await loadAndCompile(await bytesAt(tflite), {
    accelerator: 'wasm',
    cpuOptions: { numThreads: threads },
  });
  return {
    async predict(input) {
      const x = new LiteRtTensor(input, [...shape]);
      const results = await compiled.run(x);
      const values = results.map((result) => result.toTypedArray().slice() as Float32Array);
      for (const result of results) result.delete();
      x.delete();
      return values;
    },
  };
}
