/** Convolutions of padded tensors, as convolutions of the tensors before, which pad by themselves. */
import type { ConvShape } from './convShape.js';

/**
 * Returns the same convolution of the tensor that was padded with zeros along height and width to make
 * its input, with the padding as its own.
 * @param inShape shape of the tensor before, in the order of the convolution's data format
 * @param top rows of zeros above it
 * @param left columns of zeros on its left
 */
export function unpaddedShape(
  shape: ConvShape,
  inShape: readonly number[],
  top: number,
  left: number,
): ConvShape {
  const known = knownShapes.get(shape) ?? [];
  const found = known.find(
    (other) =>
      other.padTop - shape.padTop === top &&
      other.padLeft - shape.padLeft === left &&
      other.inShape.every((size, axis) => size === inShape[axis]),
  );
  if (found !== undefined) return found;
  const [height, width] = shape.dataFormat === 'NHWC' ? [1, 2] : [2, 3];
  const [inHeight, inWidth] = [inShape[height], inShape[width]];
  const unpadded: ConvShape = {
    ...shape,
    inHeight,
    inWidth,
    inShape: inShape as ConvShape['inShape'],
    padTop: shape.padTop + top,
    padLeft: shape.padLeft + left,
    padBottom: shape.padBottom + shape.inHeight - inHeight - top,
    padRight: shape.padRight + shape.inWidth - inWidth - left,
  };
  knownShapes.set(shape, [...known, unpadded]);
  return unpadded;
}

/** Convolutions by the one of the padded tensor. Plans of both are kept by the object. */
const knownShapes = new WeakMap<ConvShape, readonly ConvShape[]>();
