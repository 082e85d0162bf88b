/** Tests of guessed shapes, and of shapes that users write. */
import { expect } from 'chai';
import {
  guessShape,
  pictureAxes,
  readShape,
  shapeText,
} from '../../../../scripts/ownModel/shapes.js';

type Sizes = readonly (number | null)[] | null;

describe('own model: shapes', () => {
  const guesses: readonly (readonly [Sizes, number[]])[] = [
    [
      [null, 64, 48, 3],
      [1, 64, 48, 3],
    ],
    [
      [-1, -1, -1, 3],
      [1, 224, 224, 3],
    ],
    [
      [null, 3, null, null],
      [1, 3, 224, 224],
    ],
    [
      [null, null, null, null],
      [1, 224, 224, 3],
    ],
    [
      [2, null, 7, 16],
      [2, 1, 7, 16],
    ],
    [
      [null, null],
      [1, 1],
    ],
    [
      [null, 10, 40],
      [1, 10, 40],
    ],
    [[], []],
    [null, [1, 224, 224, 3]],
  ];
  for (const [shape, guess] of guesses) {
    it(`guesses ${guess.join('x') || 'a scalar'} for ${JSON.stringify(shape)}`, () => {
      expect(guessShape({ shape })).to.deep.equal(guess);
    });
  }

  it('knows where the channels of a picture are', () => {
    expect(pictureAxes([1, 8, 9, 3])).to.deep.equal({ height: 1, width: 2, channels: 3 });
    expect(pictureAxes([1, 1, 8, 9])).to.deep.equal({ height: 2, width: 3, channels: 1 });
    expect(pictureAxes([1, 8, 9, 16])).to.equal(null);
    expect(pictureAxes([8, 9, 3])).to.equal(null);
  });

  const input = { name: 'image', shape: [null, null, null, 3], dtype: 'float32' };

  it('reads what it writes, and what users write', () => {
    expect(readShape(shapeText([1, 64, 48, 3]), input)).to.deep.equal([1, 64, 48, 3]);
    expect(readShape(' 1, 64, 48, 3 ', input)).to.deep.equal([1, 64, 48, 3]);
    expect(readShape('1 × 64 × 48 × 3', input)).to.deep.equal([1, 64, 48, 3]);
    expect(readShape('scalar', { ...input, shape: [] })).to.deep.equal([]);
    expect(readShape('5x7', { ...input, shape: null })).to.deep.equal([5, 7]);
  });

  it('refuses others by the name of the input, with what would be right', () => {
    for (const text of ['', '1x0x4x3', '1x2.5x4x3', '1x-2x4x3', 'large']) {
      expect(() => readShape(text, input), text).to.throw(
        `Input "image": shape "${text}" must be whole numbers from 1 on with x between them, such as ?x?x?x3.`,
      );
    }
    for (const text of ['1x8x8', '1x8x8x4', 'scalar']) {
      expect(() => readShape(text, input), text).to.throw(
        `Input "image": shape "${text}" does not fit the model, which takes ?x?x?x3.`,
      );
    }
    expect(() => readShape('1x99999x99999x3', input)).to.throw(/Input "image".*too many values/);
  });
});
