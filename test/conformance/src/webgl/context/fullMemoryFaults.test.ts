/** Tests with full memory; test/long covers every kind of WebGL call that fails. */
import { expect } from 'chai';
import { onNewContext } from '../../../../../scripts/webgl/contexts.js';
import { faultKinds, faultOf } from '../../../../../scripts/webgl/faults.js';
import { TiledWebGLBackend } from '../../../../../src/index.js';
import { expectSurvived } from '../../../scripts/webgl/faultSample.js';
import '../../../../support/setup.js';

const kindOf = (name: string) => faultKinds.find((kind) => kind.name === name)!;

describe('full memory', () => {
  it('gives a right answer or a clear error when it occurs once, and leaves nothing behind', () =>
    expectSurvived(kindOf('memory is full'), 0));

  it('throws an error that names the tensor and the sizes when there is no fallback', async () => {
    // Starts at the third call because the context has to get its two buffers.
    const forget = onNewContext((gl) => faultOf(kindOf('memory stays full'), 3).into(gl));
    const backend = new TiledWebGLBackend();
    forget();
    const info = backend.makeTensorInfo([1, 9, 10, 8], 'float32');
    const values = backend.makeTensorInfo([5, 6], 'float32', new Float32Array(30));
    for (const [{ dataId }, what] of [
      [info, /no memory for \[1,9,10,8\] float32: cannot allocate a texture of \[90,8\] values/],
      [values, /no memory for \[5,6\] float32: cannot .*; 0\.0 MB are in stock textures and /],
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
