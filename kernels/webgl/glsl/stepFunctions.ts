/**
 * Element-wise functions in GLSL, one per chunk, under their own names. They are defined as in
 * tfjs-core's ops, and each returns NaN for NaN. If a comparison decides, the NaN is restored by
 * its bits, because compilers turn `v < 0 ? 0 : v` into max(v, 0). Both max() and exp() may drop
 * it.
 */
export const unaryFunctions = {
  relu: /* glsl */ `
vec4 relu(vec4 v) { return mix(max(v, vec4(0.0)), v, isNaN4(v)); }`,
  relu6: /* glsl */ `
vec4 relu6(vec4 v) { return mix(min(max(v, vec4(0.0)), vec4(6.0)), v, isNaN4(v)); }`,
  elu: /* glsl */ `
vec4 elu(vec4 v) { return mix(v, exp(v) - 1.0, lessThan(v, vec4(0.0))); }`,
  sigmoid: /* glsl */ `
vec4 sigmoid(vec4 v) { return mix(1.0 / (1.0 + exp(-v)), v, isNaN4(v)); }`,
  tanh: /* glsl */ `
vec4 tanhOf(vec4 v) {
  vec4 e = exp(-2.0 * abs(v));
  return mix(sign(v) * (1.0 - e) / (1.0 + e), v, isNaN4(v));
}`,
  leakyrelu: /* glsl */ `
vec4 leakyrelu(vec4 v, float alpha) { return mix(v, alpha * v, lessThan(v, vec4(0.0))); }`,
  clip: /* glsl */ `
vec4 clip(vec4 v, vec2 range) {
  return mix(min(max(v, vec4(range.x)), vec4(range.y)), v, isNaN4(v));
}`,
} as const;

export type UnaryOp = keyof typeof unaryFunctions;

export const binaryFunctions = {
  add: 'vec4 add(vec4 a, vec4 b) { return a + b; }',
  sub: 'vec4 sub(vec4 a, vec4 b) { return a - b; }',
  multiply: 'vec4 multiply(vec4 a, vec4 b) { return a * b; }',
  divide: 'vec4 divide(vec4 a, vec4 b) { return a / b; }',
  maximum: /* glsl */ `
vec4 maximum(vec4 a, vec4 b) { return mix(mix(max(a, b), b, isNaN4(b)), a, isNaN4(a)); }`,
  minimum: /* glsl */ `
vec4 minimum(vec4 a, vec4 b) { return mix(mix(min(a, b), b, isNaN4(b)), a, isNaN4(a)); }`,
  prelu: 'vec4 prelu(vec4 x, vec4 slope) { return mix(x, slope * x, lessThan(x, vec4(0.0))); }',
} as const;

export type BinaryOp = keyof typeof binaryFunctions;
