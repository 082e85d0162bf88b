/** A sample of what `npm run test:faults` tries, and what is said when memory is full. */
import { expect } from 'chai';
import { onNewContext } from '../../scripts/webgl/contexts.js';
import { countCalls, tryFault } from '../../scripts/webgl/faultProgram.js';
import { type FaultKind, faultKinds, faultOf } from '../../scripts/webgl/faults.js';
import { TiledWebGLBackend } from '../../src/index.js';
import './setup.js';

/** Of the calls of each kind, besides the last. */
const SAMPLE = 4;

const isOfWaits = ({ calls }: FaultKind) => calls.includes('clientWaitSync');

describe('a WebGL call that fails', () => {
  for (const kind of faultKinds) {
    it(`gives a right answer or a clear error, and leaves nothing: ${kind.name}`, async () => {
      const calls = await countCalls(kind);
      const step = Math.max(1, Math.floor(calls / SAMPLE));
      let struck = 0;
      for (let k = calls; k >= 1; k -= step) {
        const result = await tryFault(kind, k);
        // How often a wait asks is up to the machine: the last calls need not come again.
        if (result.call === null && isOfWaits(kind)) continue;
        expect(result.isGood, JSON.stringify(result)).to.equal(true);
        struck++;
      }
      expect(struck, 'faults that struck').to.be.above(0);
    });
  }
});

describe('full memory', () => {
  it('is an error that names the tensor and the sizes, where nothing else computes', async () => {
    const kind = faultKinds.find(({ name }) => name === 'memory stays full')!;
    // The two buffers of the context are there.
    const forget = onNewContext((gl) => faultOf(kind, 3).into(gl));
    const backend = new TiledWebGLBackend();
    forget();
    const info = backend.makeTensorInfo([1, 9, 10, 8], 'float32');
    const values = backend.makeTensorInfo([5, 6], 'float32', new Float32Array(30));
    for (const [{ dataId }, what] of [
      [info, /no memory for \[1,9,10,8\] float32: the device gives no texture of \[90,8\] values/],
      [values, /no memory for \[5,6\] float32: .* beside the 0\.0 MB in stock textures and the/],
    ] as const) {
      expect(() => backend.uploadToGPU(dataId)).to.throw(what);
    }
    expect([...(backend.readSync(values.dataId) as Float32Array)], 'still there').to.deep.equal(
      new Array(30).fill(0),
    );
    expect(backend.memory().numBytesInGPU).to.equal(0);
    backend.dispose();
  });
});
