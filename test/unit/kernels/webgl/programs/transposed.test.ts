import { expect } from 'chai';
import { profileNamed } from '../../../../../kernels/webgl/devices.js';
import { type Extent, type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import type { Plan } from '../../../../../kernels/webgl/plan.js';
import type { TransposedShape } from '../../../../../kernels/webgl/programs/transposed.js';
import { convPlans } from '../../../../../kernels/webgl/variants.js';
import { stream } from '../../../../../src/validator/index.js';
import { filterUniforms } from '../../../../../src/webgl/context/operands.js';
import {
  filterTexture,
  places,
  smallFilterLayout,
  tiles,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';
import { transposedShape } from '../../../../support/transposedShape.js';
import { drawOne, expectDrawn, extent, valueAt, wholeNumbers } from './drawOne.js';
import { limitsOf } from './randomCases.js';

const rasteriser = profileNamed('swiftshader');

const limits = limitsOf(rasteriser);

/** Computes the defining sum; w is [filterHeight, filterWidth, outChannels, inChannels]. */
function reference(x: Float32Array, w: Float32Array, from: Extent, to: Extent, s: TransposedShape) {
  return [...places(to)].map(({ n, y, x: column, channel }) => {
    let sum = 0;
    for (let fy = 0; fy < s.filterHeight; fy++) {
      for (let fx = 0; fx < s.filterWidth; fx++) {
        const iy = (y + s.padTop - fy) / s.strideHeight;
        const ix = (column + s.padLeft - fx) / s.strideWidth;
        if (!Number.isInteger(iy) || !Number.isInteger(ix)) continue;
        for (let ic = 0; ic < from.channels; ic++) {
          const tap = (fy * s.filterWidth + fx) * to.channels + channel;
          sum += (valueAt(x, from, n, iy, ix, ic) ?? 0) * w[tap * from.channels + ic];
        }
      }
    }
    return sum;
  });
}

/** Checks the programs of all plans, and returns their variants, best first. */
function check(s: TransposedShape, from: Extent, to: Extent, resident: Tile | null, targets = 8) {
  const device = { ...limits, maxTargets: targets };
  const fusion = { activation: 'linear', bias: false } as const;
  const plans = convPlans(transposedShape(s, from, to), fusion, device, resident);
  for (const plan of plans) checkPlan(plan, s, from, to);
  return plans.map(({ variant }) => variant);
}

function checkPlan(
  plan: Plan,
  s: TransposedShape,
  from: Extent,
  to: Extent,
  longIn: number | null = null,
) {
  const { filterHeight, filterWidth } = s;
  const w = wholeNumbers(extent(filterHeight, filterWidth, to.channels, from.channels), 'w');
  const x = wholeNumbers(from, 'x');
  const packed = smallFilterLayout(
    [filterHeight, filterWidth, from.channels, to.channels],
    plan.inTile.c,
    plan.outTile.c,
  );
  const lying = { extent: to, tile: plan.outTile };
  const drawn = drawOne(
    plan.spec,
    x,
    { extent: from, tile: plan.inTile },
    lying,
    { ...plan.uniforms, ...named('weights', filterUniforms(packed)) },
    [filterTexture(turned(w, filterHeight * filterWidth, to.channels, from.channels), packed)],
    plan.spec.family === 'transposed' ? longIn : 'smallest',
  );
  const what = `${plan.variant} from ${tileName(plan.inTile)}: ${JSON.stringify({ s, from, to })}`;
  expectDrawn(drawn, reference(x, w, from, to, s), lying, what);
}

/** Returns the filter with the last tap first, and [inChannels, outChannels] in each tap. */
function turned(w: Float32Array, taps: number, outChannels: number, inChannels: number): number[] {
  const result: number[] = [];
  for (let tap = taps - 1; tap >= 0; tap--) {
    for (let ic = 0; ic < inChannels; ic++) {
      for (let oc = 0; oc < outChannels; oc++) {
        result.push(w[(tap * outChannels + oc) * inChannels + ic]);
      }
    }
  }
  return result;
}

describe('transposed convolution programs, run in Node', () => {
  for (const resident of [null, ...tiles]) {
    it(`equal the definition on input in ${resident ? tileName(resident) : 'tiles made for it'}`, () => {
      const next = stream(1, `transposed ${resident && tileName(resident)}`);
      const upTo = (most: number) => 1 + Math.floor(next() * most);
      const ran = new Set<string>();
      for (let i = 0; i < 16; i++) {
        const s = {
          filterHeight: upTo(4),
          filterWidth: upTo(4),
          strideHeight: upTo(3),
          strideWidth: upTo(4),
          padTop: upTo(4) - 1,
          padLeft: upTo(7) - 1,
        };
        const from = extent(upTo(2), upTo(4), upTo(5), upTo(9));
        const to = extent(from.batch, upTo(7), upTo(11), upTo(9));
        ran.add(check(s, from, to, resident, i % 4 === 0 ? 4 : 8)[0]);
      }
      expect(ran).to.include('transposed-4x2x1').and.include('transposed-general');
    });
  }

  it('name their planes for common strides', () => {
    for (const [strideHeight, strideWidth] of [
      [2, 2],
      [1, 2],
      [2, 1],
      [2, 4],
    ]) {
      const s = {
        filterHeight: 3,
        filterWidth: 3,
        strideHeight,
        strideWidth,
        padTop: 1,
        padLeft: 1,
      };
      const [first] = check(s, extent(2, 3, 4, 6), extent(2, 6, 8, 7), null);
      expect(first).to.equal('transposed-4x2x1');
    }
  });
});
