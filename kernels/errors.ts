/** Named error classes of the engines, for users and for the fallback ladder. */

/**
 * Makes `instanceof` recognise errors of a class even if another copy of this package on the page
 * created them. A mark on the prototype identifies them.
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

/** Thrown if a variant cannot compute this call here; the caller then tries the next fallback. */
export class NeedsFallback extends Error {
  static {
    shareErrors('NeedsFallback', NeedsFallback);
  }

  override name = 'NeedsFallback';
}

/**
 * Thrown if the forced variant does not support this convolution.
 *
 * ```js
 * forceVariant('winograd-4x2x1');
 * try {
 *   await model.predict(x).data();
 * } catch (error) {
 *   if (!(error instanceof VariantRefusal)) throw error;
 * } finally {
 *   forceVariant(null);
 * }
 * ```
 */
export class VariantRefusal extends Error {
  static {
    shareErrors('VariantRefusal', VariantRefusal);
  }

  override name = 'VariantRefusal';
}

/** Thrown if a lost worker may still write to a result, which must then be computed elsewhere. */
export class WorkerLost extends Error {
  static {
    shareErrors('WorkerLost', WorkerLost);
  }

  override name = 'WorkerLost';
}

/**
 * Thrown if the WebGL context was lost and the call could not be answered without it. Tensors that
 * came from the CPU outlive it. TILED_ON_CONTEXT_LOSS decides if the next call gets a new context.
 *
 * ```js
 * const predict = async () => tf.tidy(() => model.predict(x)).data();
 * const values = await predict().catch((error) => {
 *   if (error instanceof ContextLostError) return predict(); // on a new context
 *   throw error;
 * });
 * ```
 */
export class ContextLostError extends Error {
  static {
    shareErrors('ContextLostError', ContextLostError);
  }

  override name = 'ContextLostError';

  /** @param what how this call noticed the loss */
  constructor(what: string, options?: ErrorOptions) {
    super(`the WebGL context was lost: ${what}`, options);
  }
}

/**
 * Thrown if a tensor lost its values with a WebGL context. It can only be disposed.
 *
 * ```js
 * try {
 *   await embedding.data();
 * } catch (error) {
 *   if (!(error instanceof TensorLostError)) throw error;
 *   console.warn(error.shape, error.dtype, error.reason); // [1, 128] float32 it was computed on the GPU
 *   embedding.dispose();
 * }
 * ```
 */
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
