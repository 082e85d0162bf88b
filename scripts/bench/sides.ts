/** Names of the sides of a benchmark: backends, eager or captured, and other engines. */

export const LITERT = 'litert';
export const ONNX_RUNTIME = 'onnxruntime';

const ending = ' captured';

/** Returns the name of the side that predicts on a backend from recordings. */
export const capturedSide = (backend: string) => `${backend}${ending}`;

/** Returns the backend on which a side predicts from recordings; null for a side that predicts eagerly. */
export const capturedBackend = (side: string) =>
  side.endsWith(ending) ? side.slice(0, -ending.length) : null;
