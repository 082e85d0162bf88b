/** Entry of the errors that a page may want to tell apart: it brings nothing else of the package. */
export { ContextLostError, TensorLostError, VariantRefusal } from '../kernels/errors.js';
