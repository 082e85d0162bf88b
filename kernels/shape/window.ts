/** Windows that slide over an input: pool windows and convolution filters. */
import { backend_util } from '@tensorflow/tfjs-core';

/** A window and its input, with one number for each axis along which the window slides. */
export interface SlidingWindow {
  readonly input: readonly number[];
  readonly filter: readonly number[];
  readonly dilation: readonly number[];
  /** Sizes of the filter including the gaps between its taps. */
  readonly dilated: readonly number[];
  /** Sum of the padding before and after. */
  readonly padding: readonly number[];
  readonly output: readonly number[];
}

/** Attributes of a kernel with a window, except the size of the window. */
export interface WindowAttrs {
  readonly strides: number | readonly number[];
  readonly dilations?: number | readonly number[] | null;
  readonly pad: unknown;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | null;
  readonly dataFormat?: string;
}

/** The name of the sliding window in error messages. */
export type WindowName = 'window' | 'filter';

/**
 * Refuses a window for which tfjs-core's formulas compute a result of negative size, because it is
 * larger than the padded input. A size of 0 is an empty tensor, as on stock backends.
 *
 * @param inShape [batch, 2 or 3 sizes, channels] in the order of the data format
 * @param filter sizes of the window along the 2 or 3 axes
 * @throws Error that names the kernel, the window, the input and the remedy, if the result would
 *   have a negative size, or a size, stride, dilation or padding is not a whole number
 */
export function checkWindow(
  kernel: string,
  name: WindowName,
  inShape: readonly number[],
  filter: readonly number[],
  attrs: WindowAttrs,
): void {
  const axes = inShape.length - 2;
  const strides = stepsOf(kernel, 'strides', attrs.strides, axes);
  const dilations = stepsOf(kernel, 'dilations', attrs.dilations ?? 1, axes);
  if (name === 'window') stepsOf(kernel, name, filter, axes);
  const format = attrs.dataFormat?.startsWith('NC') ? 'channelsFirst' : 'channelsLast';
  const given = [inShape, [...filter, 1, 1], strides, dilations, attrs.pad];
  const rounding = attrs.dimRoundingMode ?? undefined;
  const info = (
    axes === 2
      ? Reflect.apply(backend_util.computeConv2DInfo, null, [...given, rounding, false, format])
      : Reflect.apply(backend_util.computeConv3DInfo, null, [...given, false, format, rounding])
  ) as Info;
  assertPads(kernel, info.padInfo);
  const window = windowOf(info);
  if (window.output.some((size) => size < 0)) {
    throw new Error(tooLarge(kernel, name, window, attrs.pad));
  }
}

type Info = backend_util.Conv2DInfo | backend_util.Conv3DInfo;

export function windowOf(info: Info): SlidingWindow {
  const { top, bottom, left, right } = info.padInfo;
  const plane: SlidingWindow = {
    input: [info.inHeight, info.inWidth],
    filter: [info.filterHeight, info.filterWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    dilated: [info.effectiveFilterHeight, info.effectiveFilterWidth],
    padding: [top + bottom, left + right],
    output: [info.outHeight, info.outWidth],
  };
  if (!('inDepth' in info)) return plane;
  const { front, back } = info.padInfo;
  return {
    input: [info.inDepth, ...plane.input],
    filter: [info.filterDepth, ...plane.filter],
    dilation: [info.dilationDepth, ...plane.dilation],
    dilated: [info.effectiveFilterDepth, ...plane.dilated],
    padding: [front + back, ...plane.padding],
    output: [info.outDepth, ...plane.output],
  };
}

/**
 * Returns one number for each of `axes` axes.
 * @throws Error unless all of them are whole numbers larger than 0
 */
export function stepsOf(
  kernel: string,
  name: string,
  value: number | readonly number[],
  axes: number,
): number[] {
  const steps = Array.from({ length: axes }, (_, axis) =>
    typeof value === 'number' ? value : value?.[axis],
  );
  if (steps.every((step) => Number.isInteger(step) && step > 0)) return steps;
  throw new Error(`${kernel}: ${name} must be whole numbers larger than 0. Got ${name} ${value}`);
}

/** @throws Error unless all sides are whole numbers */
export function assertPads(kernel: string, sides: backend_util.PadInfo | backend_util.PadInfo3D) {
  const { type: _, ...pads } = sides;
  if (Object.values(pads).every(Number.isInteger)) return;
  const [names, values] = [Object.keys(pads), Object.values(pads)].map((all) => all.join(', '));
  throw new Error(`${kernel}: pad must be whole numbers. Got ${names} ${values}`);
}

/** Returns the error message, with the remedy, for a window whose result has a negative size. */
export function tooLarge(
  kernel: string,
  name: WindowName,
  window: SlidingWindow,
  pad: unknown,
): string {
  const { input, filter, dilation, dilated, padding, output } = window;
  const padded = input.map((size, axis) => size + padding[axis]);
  if (dilated.every((size, axis) => size <= padded[axis])) {
    return (
      `${kernel}: the output would be ${output.join('x')}, because tfjs applies ` +
      `the ${name}'s height and the vertical stride to both axes when pad is a number (${pad}); ` +
      `give pad as 'valid' or as four explicit sides.`
    );
  }
  const [what, remedy] =
    name === 'window'
      ? [`window ${filter.join('x')}`, 'a smaller window']
      : [
          `dilated filter ${dilated.join('x')} (filter ${filter.join('x')}, dilation ${dilation.join('x')})`,
          'a smaller dilation, a smaller filter',
        ];
  return (
    `${kernel}: the ${what} is larger than the padded input ${padded.join('x')}; ` +
    `use ${remedy} or more padding.`
  );
}
