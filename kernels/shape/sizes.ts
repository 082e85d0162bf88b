/** Checks of tensor sizes. */

/** True if a number can be the size of an axis: whole, and not negative. */
export function isSize(size: unknown): size is number {
  return Number.isSafeInteger(size) && (size as number) >= 0;
}

/** @throws Error that names the kernel and its argument, if one of its numbers is not a size */
export function assertSizes(kernel: string, argument: string, sizes: readonly number[]): void {
  if (sizes.every(isSize)) return;
  throw new Error(`${kernel}: ${argument} must be whole numbers from 0 on. Got ${sizes}`);
}

/**
 * @param what the tensor that would have this shape, for the error
 * @throws Error if a tensor cannot have this shape
 */
export function assertShape(what: string, shape: readonly number[]): void {
  if (shape.every(isSize)) return;
  throw new Error(`${what} would be [${shape}], and sizes must be whole numbers from 0 on.`);
}
