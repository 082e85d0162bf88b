/** Sizes that a tensor can have. */

/** Whether a number can be the size of an axis: whole, and not negative. */
export function isSize(size: unknown): size is number {
  return Number.isSafeInteger(size) && (size as number) >= 0;
}

/** @throws Error that names the kernel and its argument, where one of its numbers is no size */
export function assertSizes(kernel: string, argument: string, sizes: readonly number[]): void {
  if (sizes.every(isSize)) return;
  throw new Error(`${kernel}: ${argument} must be whole numbers from 0 on. Got ${sizes}`);
}

/**
 * @param what has this shape, for the error
 * @throws Error where a tensor cannot have it
 */
export function assertShape(what: string, shape: readonly number[]): void {
  if (shape.every(isSize)) return;
  throw new Error(`${what} would be [${shape}], and sizes must be whole numbers from 0 on.`);
}
