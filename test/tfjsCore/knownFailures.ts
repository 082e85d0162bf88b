/** Specs of tfjs-core's test suite that are known to fail, each with the reason. */
type Failure = readonly [name: string, reason: string];

const dilation = 'stock webgl has no Dilation2D gradient that agrees with the spec';
const draw = 'stock webgl has no Draw kernel';

/** Failures on every backend of a page that loads this package. */
const everywhere: readonly Failure[] = [
  [
    'depthwiseConv2d gradients throws error on dilations > 1',
    'this package adds the gradient that tfjs-core refuses',
  ],
];

/** Failures of kernels of this package. */
const ofOurs: readonly Failure[] = [
  [
    'avgPool gradient x=[3,3,1] f=[3,3] s=1 p=explicit',
    'the spec divides by the whole window, and avgPool itself by its part inside of x',
  ],
];

/** Failures of kernels of stock webgl. */
const stockWebGL: readonly Failure[] = [
  ...[
    'valid padding.',
    'same padding.',
    'same padding depth 2.',
    'valid padding filter 2.',
    'same padding filter 2 depth 3.',
  ].map((name): Failure => [`dilation2d dilation gradient ${name}`, dilation]),
  ...[
    'draw image with 4 channels and int values',
    'draw image with 4 channels and int values, alpha=0.5',
    'draw image with 4 channels and float values',
    'draw image with 3 channels and int values',
    'draw image with 3 channels and int values, alpha=0.5',
    'draw image with 3 channels and float values',
    'draw 2D image in grayscale',
    'draw image with alpha=0.5',
    'draw image works when canvas has been used for 2d',
  ].map((name): Failure => [`draw on canvas context ${name}`, draw]),
  ['floorDiv floorDiv float32', 'the rasteriser divides -2.6 / 1.3 to just above -2'],
  ['gather throws when index is out of bound', 'stock webgl does not check indices'],
  ['tan numbers exceed float32 precision', 'the rasteriser reduces large angles in float32'],
];

/**
 * Failures at float32's epsilon. Stock webgl computes the same numbers but passes, because its own
 * epsilon is 1e-4.
 */
const atFloat32: readonly Failure[] = [
  ['cos gradients: Scalar', 'sine of the rasteriser: 7.67023 for 7.67139, error 1.2e-3'],
  ['cos gradient with clones', 'sine of the rasteriser: 7.67023 for 7.67139, error 1.2e-3'],
  ['exp int32', 'exponential of the rasteriser: 22026.4688 for 22026.4658, error 3.0e-3'],
  ['tan gradients: Tensor2D', 'tangent of the rasteriser: 17.32446 for 17.32320, error 1.3e-3'],
];

/** Returns the specs that are expected to fail on a backend, with reasons. */
export function knownFailures(backend: string): readonly Failure[] {
  const stock = backend.endsWith('webgl') ? stockWebGL : [];
  const ours = backend.startsWith('tiled') ? ofOurs : [];
  return [...everywhere, ...stock, ...ours, ...(backend === 'tiled-webgl' ? atFloat32 : [])];
}
