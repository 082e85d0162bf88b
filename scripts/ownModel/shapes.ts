/** Shapes of a model's inputs: what its signature fixes, a guess for the rest, and the text of both. */

/** An input as the model's signature has it. */
export interface InputInfo {
  readonly name: string;
  /** Size by axis; null, or negative, for any size. Null as a whole if the rank is not known. */
  readonly shape: readonly (number | null)[] | null;
  readonly dtype: string;
}

/** Height and width of a picture whose size the model leaves open. */
const OPEN_SIDE = 224;

const CHANNELS = 3;

/** Values of a shape beyond which no browser has the memory. */
const MOST_VALUES = 2 ** 28;

const isOpen = (size: number | null): size is null => size === null || size < 0;

/** True for a number of channels that a picture can have. */
const isChannels = (size: number | null) => size === 1 || size === 3 || size === 4;

/** Axes of a picture's height, width and channels; null if the shape is not that of one. */
export function pictureAxes(
  shape: readonly (number | null)[],
): { readonly height: number; readonly width: number; readonly channels: number } | null {
  if (shape.length !== 4) return null;
  const [, first, , last] = shape;
  if (isChannels(last)) return { height: 1, width: 2, channels: 3 };
  if (isChannels(first)) return { height: 2, width: 3, channels: 1 };
  return isOpen(last) && isOpen(first) ? { height: 1, width: 2, channels: 3 } : null;
}

/** Returns a shape to begin with: pictures of 224 x 224 with three channels, and 1 for any other open size. */
export function guessShape({ shape }: Pick<InputInfo, 'shape'>): number[] {
  const given = shape ?? [null, null, null, null];
  const axes = pictureAxes(given);
  return given.map((size, axis) => {
    if (!isOpen(size)) return size;
    if (axis === axes?.height || axis === axes?.width) return OPEN_SIDE;
    return axis === axes?.channels ? CHANNELS : 1;
  });
}

/** Formats a shape: `1x224x224x3`; `scalar` without axes. Open sizes are `?`. */
export function shapeText(shape: readonly (number | null)[]): string {
  if (shape.length === 0) return 'scalar';
  return shape.map((size) => (isOpen(size) ? '?' : size)).join('x');
}

/**
 * Reads a shape that a user wrote for an input.
 * @throws Error that names the input, the text, and what would be right
 */
export function readShape(text: string, { name, shape }: InputInfo): number[] {
  const right = shape === null ? '1x224x224x3' : shapeText(shape);
  const fail = (why: string) => new Error(`Input "${name}": shape "${text}" ${why}`);
  const trimmed = text.trim().toLowerCase();
  const sizes = trimmed === 'scalar' ? [] : trimmed.split(/\s*[x×,\s]\s*/).map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw fail(`must be whole numbers from 1 on with x between them, such as ${right}.`);
  }
  if (sizes.reduce((a, b) => a * b, 1) > MOST_VALUES) throw fail('has too many values.');
  const fits =
    shape === null ||
    (shape.length === sizes.length &&
      shape.every((size, axis) => isOpen(size) || size === sizes[axis]));
  if (!fits) throw fail(`does not fit the model, which takes ${right}.`);
  return sizes;
}
