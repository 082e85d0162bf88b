import { expect } from 'chai';
import { profileNamed } from '../../../../../kernels/webgl/devices.js';
import { type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { variants } from '../../../../../kernels/webgl/variants.js';
import { tiles } from '../../../../support/glsl/glslTensors.js';
import { agrees } from './agrees.js';
import { casesOf, isSummed, limitsOf } from './randomCases.js';

const limits = limitsOf(profileNamed('swiftshader'));
const CASES = 5;

describe('convolution programs, run in Node', () => {
  // winograd.test.ts and transposed.test.ts draw the other variants.
  for (const variant of variants.filter(isSummed)) {
    const taken = [null, ...tiles].filter(
      (resident) => casesOf(variant, resident, limits, CASES).length > 0,
    );
    for (const resident of taken) {
      const from = resident === null ? 'tiles made for it' : `tiles of ${tileName(resident)}`;
      it(`${variant.name} equals the oracle on input in ${from}`, () => {
        for (const [c, plan] of casesOf(variant, resident, limits, CASES)) agrees(c, plan);
      });
    }
    it(`${variant.name} reads input in every tile that it takes, without a conversion`, () => {
      const { kernel, tile: own } = variant;
      const can = ({ c }: Tile) => kernel === 'conv2d' || c === own.c;
      const all = variant.method === 'general' ? tiles : tiles.filter(can);
      expect(taken).to.deep.equal([null, ...all]);
    });
  }
});
