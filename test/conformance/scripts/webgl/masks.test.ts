/** Tests on simulated devices; test/long has more of them. */
import { expect } from 'chai';
import { onNewContext } from '../../../../scripts/webgl/contexts.js';
import { maskNames, masks } from '../../../../scripts/webgl/masks.js';
import { chooseEngine } from '../../../../src/chooseEngine.js';
import { TiledWebGLBackend } from '../../../../src/index.js';
import { answersOnCpu, expectSameUnder, marks } from './maskedNet.js';
import '../../../support/setup.js';

describe('a device with a mask', () => {
  let expected: Float32Array[];

  before(async () => {
    expected = await answersOnCpu();
  });

  // Planes in array textures, weights in uniform blocks with fewer targets, half floats, smaller textures,
  // programs that are refused.
  const some = ['hardware', 'android-mali', 'iphone-old', 'texture-64', 'short-programs'] as const;
  for (const mask of some) {
    it(`computes the same numbers: ${mask}`, () => expectSameUnder(mask, expected));
  }

  it('is not used if it draws into no floats, and the CPU computes instead', () => {
    const forget = onNewContext((gl) => {
      masks['no-float-targets'].apply(gl);
      const { getParameter } = gl;
      gl.getParameter = (what) => (what === 0x9246 ? 'A GPU of 2012' : getParameter.call(gl, what));
    });
    try {
      expect(() => new TiledWebGLBackend()).to.throw(
        /does not draw into float textures|does not support color renderable floats/,
      );
      const backend = chooseEngine();
      expect(backend.engine).to.equal('cpu');
      expect(backend.reason).to.equal(
        'the renderer (A GPU of 2012) does not draw into float textures',
      );
      backend.dispose();
    } finally {
      forget();
    }
  });

  it('is tested with every mask of `npm run validate -- --mask`', () => {
    const tested = [...Object.keys(marks), 'no-float-targets'];
    expect([...maskNames].sort()).to.deep.equal(tested.sort());
  });
});
