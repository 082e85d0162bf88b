import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../src/index.js';
import { chooseEngine } from '../../../src/chooseEngine.js';

describe('the flag TILED_ENGINE', () => {
  afterEach(() => tf.env().set('TILED_ENGINE', 'auto'));

  it('chooses the CPU and is the reason', () => {
    tf.env().set('TILED_ENGINE', 'cpu');
    const backend = chooseEngine();
    expect(backend.engine).to.equal('cpu');
    expect(backend.reason).to.equal("TILED_ENGINE is 'cpu'");
  });

  it('asks for WebGL2 and nothing else', () => {
    tf.env().set('TILED_ENGINE', 'webgl');
    expect(chooseEngine).to.throw('gives no WebGL2 context');
  });

  it('is refused when it is neither', () => {
    tf.env().set('TILED_ENGINE', 'gpu');
    expect(chooseEngine).to.throw("TILED_ENGINE is 'gpu'; it must be 'auto', 'webgl' or 'cpu'");
  });
});
