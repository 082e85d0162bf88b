/**
 * Activations as GLSL `vec4 activate(vec4 v)`, or `activate(vec4 v, vec4 alpha)`
 * where the slope is a tensor. Definitions as in tfjs-core's ops; a NaN goes
 * through each of them, which is why none uses min or max on the input.
 */
export const activations = {
  linear: /* glsl */ `
vec4 activate(vec4 v) { return v; }
`,
  relu: /* glsl */ `
vec4 activate(vec4 v) { return mix(v, vec4(0.0), lessThan(v, vec4(0.0))); }
`,
  relu6: /* glsl */ `
vec4 activate(vec4 v) {
  v = mix(v, vec4(0.0), lessThan(v, vec4(0.0)));
  return mix(v, vec4(6.0), greaterThan(v, vec4(6.0)));
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
  v = mix(v, vec4(clipRange.x), lessThan(v, vec4(clipRange.x)));
  return mix(v, vec4(clipRange.y), greaterThan(v, vec4(clipRange.y)));
}
`,
  prelu: /* glsl */ `
vec4 activate(vec4 v, vec4 slope) { return mix(v, slope * v, lessThan(v, vec4(0.0))); }
`,
} as const;

export type Activation = keyof typeof activations;
