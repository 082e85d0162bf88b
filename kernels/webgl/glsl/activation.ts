import { nanGlsl } from './nan.js';

/**
 * Activations as GLSL `vec4 activate(vec4 v)`, or `activate(vec4 v, vec4 slope)`
 * where the slope is a tensor. Definitions as in tfjs-core's ops; a NaN goes
 * through each of them. Where a comparison decides, it is put back by its bits:
 * compilers take `v < 0 ? 0 : v` for max(v, 0), which may drop it.
 */
export const activations = {
  linear: /* glsl */ `
vec4 activate(vec4 v) { return v; }
`,
  relu: /* glsl */ `
vec4 activate(vec4 v) { return mix(max(v, vec4(0.0)), v, isNaN4(v)); }
`,
  relu6: /* glsl */ `
vec4 activate(vec4 v) {
  return mix(min(max(v, vec4(0.0)), vec4(6.0)), v, isNaN4(v));
}
`,
  elu: /* glsl */ `
vec4 activate(vec4 v) { return mix(v, exp(v) - 1.0, lessThan(v, vec4(0.0))); }
`,
  sigmoid: /* glsl */ `
vec4 activate(vec4 v) { return 1.0 / (1.0 + exp(-v)); }
`,
  tanh: /* glsl */ `
vec4 activate(vec4 v) {
  vec4 e = exp(-2.0 * abs(v));
  return sign(v) * (1.0 - e) / (1.0 + e);
}
`,
  leakyrelu: /* glsl */ `
uniform float alpha;
vec4 activate(vec4 v) { return mix(v, alpha * v, lessThan(v, vec4(0.0))); }
`,
  clip: /* glsl */ `
uniform vec2 clipRange;
vec4 activate(vec4 v) {
  return mix(min(max(v, vec4(clipRange.x)), vec4(clipRange.y)), v, isNaN4(v));
}
`,
  prelu: /* glsl */ `
vec4 activate(vec4 v, vec4 slope) { return mix(v, slope * v, lessThan(v, vec4(0.0))); }
`,
} as const;

export type Activation = keyof typeof activations;

/** The chunk of an activation with what it stands on. */
export function activationChunk(activation: Activation): string {
  return nanGlsl + activations[activation];
}
