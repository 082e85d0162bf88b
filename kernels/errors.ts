/** Errors of the engines that have a name, for users and for the ladder. */

/**
 * Lets `instanceof` know the errors of a class whichever copy of this package on a page has made
 * them, by a mark on their prototype.
 */
function shareErrors(name: string, errors: { readonly prototype: Error }): void {
  const mark = Symbol.for(`tfjs-backend-tiled.${name}`);
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(errors.prototype, mark, { value: true });
  Object.defineProperty(errors, Symbol.hasInstance, {
    value(error: unknown) {
      return this === errors ? Object(error)[mark] === true : ordinary.call(this, error);
    },
  });
}

/** This way of computing is not possible here; the next one down the ladder should be tried. */
export class NeedsFallback extends Error {
  static {
    shareErrors('NeedsFallback', NeedsFallback);
  }

  override name = 'NeedsFallback';
}

/** The forced variant does not take this convolution. */
export class VariantRefusal extends Error {
  static {
    shareErrors('VariantRefusal', VariantRefusal);
  }

  override name = 'VariantRefusal';
}

/**
 * The WebGL context is gone, and the call could not be answered without it. Tensors that came from
 * the CPU outlive it; whether the next call finds a new context is said by TILED_ON_CONTEXT_LOSS.
 */
export class ContextLostError extends Error {
  static {
    shareErrors('ContextLostError', ContextLostError);
  }

  override name = 'ContextLostError';

  /** @param what how this call met with it */
  constructor(what: string, options?: ErrorOptions) {
    super(`the WebGL context was lost: ${what}`, options);
  }
}

/** The values of this tensor went with a WebGL context. It can only be disposed of. */
export class TensorLostError extends ContextLostError {
  static {
    shareErrors('TensorLostError', TensorLostError);
  }

  override name = 'TensorLostError';

  constructor(
    readonly shape: readonly number[],
    readonly dtype: string,
    readonly reason: string,
  ) {
    super(
      `the values of a tensor [${shape}] of ${dtype} went with it, because ${reason}. ` +
        'Dispose of it and compute it again, from tensors that were made of values on the CPU',
    );
  }
}
