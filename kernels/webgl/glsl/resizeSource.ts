import type { ResizeMethod } from '../../shape/resize.js';

/**
 * Returns the GLSL counterpart of kernels/shape/resize.ts, the function
 * `vec3 sourceOf(int i, float ratio, int size)`. It returns the sources of output position i of an
 * axis: one of the `size` input positions, the next one, and the share of the next one. It computes
 * in float32 as tfjs's own WebGL programs do, so that all round to the same pixels. Positions past
 * the output, in the last tile, read the input too.
 */
export function resizeSource(method: ResizeMethod, halfPixelCenters: boolean): string {
  return ratio + methods[method](halfPixelCenters);
}

const ratio = /* glsl */ `
uniform vec2 ratio;  // input size over output size, down and across
`;

const methods: Record<ResizeMethod, (halfPixelCenters: boolean) => string> = {
  bilinear: (halfPixelCenters) => /* glsl */ `
vec3 sourceOf(int i, float ratio, int size) {
  float source = ${halfPixelCenters ? '(float(i) + 0.5) * ratio - 0.5' : 'float(i) * ratio'};
  float last = float(size) - 1.0;
  float near = floor(max(source, 0.0));
  return vec3(min(near, last), min(last, ceil(source)), source - near);
}
`,
  nearest: (halfPixelCenters) => /* glsl */ `
uniform float roundBase;  // 0.5 rounds to the nearest pixel, 0.0 down

vec3 sourceOf(int i, float ratio, int size) {
  float source = ${halfPixelCenters ? 'max((float(i) + 0.5) * ratio, 0.0)' : 'float(i) * ratio'};
  float near = min(float(size) - 1.0, floor(source + roundBase));
  return vec3(near, near, 0.0);
}
`,
};
