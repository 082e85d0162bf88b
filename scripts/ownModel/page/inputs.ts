/** Inputs of a prediction: seeded values, or a picture that is resized to the shape. */
import { fractions, stream } from '../../../src/validator/random.js';
import type { NetInput } from '../../bench/page/models/input.js';
import { coverPixels } from '../../start/page/picture.js';
import { ranges, type Settings } from '../settings.js';
import { guessShape, type InputInfo, pictureAxes, readShape } from '../shapes.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Returns the shape that the settings give an input, or else a guess. */
export function shapeOf(input: InputInfo, { shapes }: Pick<Settings, 'shapes'>): number[] {
  const text = shapes[input.name];
  return text === undefined ? guessShape(input) : readShape(text, input);
}

/** True if a picture can be an input of this shape. */
export const takesPicture = (shape: readonly number[]): boolean => {
  const axes = pictureAxes(shape);
  return axes !== null && shape[axes.channels] <= 4;
};

/**
 * Makes an input's values.
 * @param picture null for seeded values, also where the shape takes no picture
 * @throws Error that names the input, if its shape or its type is wrong
 */
export function makeInput(
  input: InputInfo,
  settings: Settings,
  picture: ImageBitmap | null,
): NetInput {
  const { name, dtype } = input;
  const shape = shapeOf(input, settings);
  const isReal = dtype === 'float32';
  if (!isReal && dtype !== 'int32' && dtype !== 'bool') {
    throw new Error(`Input "${name}" is of type ${dtype}; the page has float32, int32 and bool.`);
  }
  const [least, most] = ranges[settings.range];
  const unit = picture !== null && takesPicture(shape) ? pictured(picture, shape) : null;
  // From 0 to 1.
  const values = unit ?? fractions(stream(1, name), sizeOf(shape)).map((value) => (value + 1) / 2);
  const scaled = values.map((value) => least + value * (most - least));
  return { values: isReal ? scaled : scaled.map(Math.round), shape, dtype };
}

/** Red, green and blue as parts of a grey. */
const GREY = [0.299, 0.587, 0.114];

/** Returns a picture's values, from 0 to 1, for each image of a batch; its fourth channel is opaque. */
function pictured(picture: ImageBitmap, shape: readonly number[]): Float32Array {
  const axes = pictureAxes(shape)!;
  const [height, width, channels] = [shape[axes.height], shape[axes.width], shape[axes.channels]];
  const rgb = coverPixels(picture, width, height).values;
  const isLast = axes.channels === 3;
  const pixels = height * width;
  const image = new Float32Array(pixels * channels);
  for (let i = 0; i < pixels; i++) {
    const pixel = [0, 1, 2].map((c) => rgb[3 * i + c] / 255);
    const grey = GREY.reduce((sum, part, c) => sum + part * pixel[c], 0);
    for (let c = 0; c < channels; c++) {
      const value = channels === 1 ? grey : (pixel[c] ?? 1);
      image[isLast ? i * channels + c : c * pixels + i] = value;
    }
  }
  const all = new Float32Array(sizeOf(shape));
  for (let batch = 0; batch < shape[0]; batch++) all.set(image, batch * image.length);
  return all;
}
