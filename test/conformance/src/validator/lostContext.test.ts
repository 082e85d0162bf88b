/** Tests of the validator beside a stock backend that loses its context. */
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { expect } from 'chai';
import { coreGrid, validate } from '../../../../src/validator/index.js';
import { createStockContext } from '../../../../src/webgl/stock/stockContext.js';
import { tf } from '../../../support/setup.js';

describe('validator and a lost context', () => {
  const name = 'webgl-lost';

  before(() => {
    tf.copyRegisteredKernels('webgl', name);
    tf.registerBackend(
      name,
      () => {
        const context = createStockContext();
        const gl = context.gl as WebGL2RenderingContext;
        const fence = gl.fenceSync.bind(gl);
        gl.fenceSync = (...given) => {
          gl.getExtension('WEBGL_lose_context')?.loseContext();
          return fence(...given);
        };
        return new MathBackendWebGL(context);
      },
      0,
    );
  });

  after(async () => {
    await tf.setBackend('cpu');
    tf.removeBackend(name);
  });

  it('says of each case that the context of the reference was lost', async () => {
    const cases = [...coreGrid()].slice(0, 3);
    const results = await validate({ backend: 'tiled-cpu', reference: [name], cases });
    expect(results.map(({ verdict }) => verdict)).to.deep.equal(cases.map(() => 'stockWrong'));
    for (const { message, stockError } of results) {
      expect(stockError[name]).to.equal(Infinity);
      expect(message).to.match(/webgl-lost: throws/);
    }
    const lost = 'the WebGL context of backend "webgl-lost" was lost';
    expect(results[0].message).to.include(lost);
  });
});
