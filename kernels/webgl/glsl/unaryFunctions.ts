/**
 * GLSL column of the table of unary kernels: a function named after the op, with `Step` behind it. Its
 * arguments are the value and the row's attributes, in their order.
 *
 * Each function returns NaN for NaN unless its row says otherwise. If a comparison decides, the NaN is
 * restored by its bits, because compilers turn `v < 0 ? 0 : v` into max(v, 0). Both max() and exp() may
 * drop it.
 */
import type { UnaryOp } from '../../elementwise/unary.js';

/** Op of a unary step: a row of the table, or the cast to int32. */
export type UnaryStepOp = UnaryOp | 'truncate';

export const unaryFunctions: Readonly<Record<UnaryStepOp, string>> = {
  abs: 'vec4 absStep(vec4 v) { return abs(v); }',
  acos: /* glsl */ `
vec4 acosStep(vec4 v) {
  vec4 a = abs(v);
  vec4 far = 2.0 * asinNear(sqrt(max(0.5 - 0.5 * a, vec4(0.0))));
  vec4 turned = mix(far, 3.14159265 - far, lessThan(v, vec4(0.0)));
  vec4 y = mix(1.57079633 - asinNear(v), turned, greaterThan(a, vec4(0.5)));
  return keepNaN(nanWhere(y, maskOf4(greaterThan(a, vec4(1.0)))), v);
}`,
  acosh: /* glsl */ `
vec4 acoshStep(vec4 v) {
  vec4 t = v - 1.0;
  vec4 near = log1pOf(t + sqrt(max(t * (2.0 + t), vec4(0.0))));
  vec4 y = mix(near, logOf(v) + 0.693147181, greaterThan(v, vec4(1e8)));
  return keepNaN(nanWhere(y, maskOf4(lessThan(v, vec4(1.0)))), v);
}`,
  asin: /* glsl */ `
vec4 asinStep(vec4 v) {
  vec4 a = abs(v);
  vec4 far = 1.57079633 - 2.0 * asinNear(sqrt(max(0.5 - 0.5 * a, vec4(0.0))));
  vec4 y = withSign(mix(asinNear(a), far, greaterThan(a, vec4(0.5))), v);
  return keepNaN(nanWhere(y, maskOf4(greaterThan(a, vec4(1.0)))), v);
}`,
  asinh: /* glsl */ `
vec4 asinhStep(vec4 v) {
  vec4 a = abs(v);
  vec4 near = log1pOf(a + a * a / (1.0 + sqrt(a * a + 1.0)));
  vec4 y = mix(near, logOf(a) + 0.693147181, greaterThan(a, vec4(1e8)));
  return keepNaN(withSign(y, v), v);
}`,
  atan: /* glsl */ `
vec4 atanStep(vec4 v) {
  vec4 a = abs(v);
  bvec4 isFar = greaterThan(a, vec4(1.0));
  vec4 y = atanUnit(mix(a, 1.0 / a, isFar));
  return keepNaN(withSign(mix(y, 1.57079633 - y, isFar), v), v);
}`,
  atanh: /* glsl */ `
vec4 atanhStep(vec4 v) {
  vec4 a = abs(v);
  vec4 y = withSign(0.5 * log1pOf(2.0 * a / (1.0 - a)), v);
  return keepNaN(nanWhere(y, maskOf4(greaterThan(a, vec4(1.0)))), v);
}`,
  ceil: 'vec4 ceilStep(vec4 v) { return keepNaN(ceil(v), v); }',
  clip: /* glsl */ `
vec4 clipStep(vec4 v, float low, float high) {
  return keepNaN(min(max(v, vec4(low)), vec4(high)), v);
}`,
  cos: 'vec4 cosStep(vec4 v) { return keepNaN(sinAhead(v, 1.0), v); }',
  cosh: /* glsl */ `
vec4 coshStep(vec4 v) {
  vec4 larger = scaledExp(abs(v), -1);
  return keepNaN(larger + 0.25 / larger, v);
}`,
  elu: 'vec4 eluStep(vec4 v) { return mix(v, expm1Of(v), lessThan(v, vec4(0.0))); }',
  erf: /* glsl */ `
vec4 erfStep(vec4 v) {
  vec4 a = abs(v);
  vec4 t = 1.0 / (1.0 + 0.3275911 * a);
  vec4 sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t
    + 0.254829592) * t;
  return keepNaN(sign(v) * (1.0 - sum * scaledExp(-a * a, 0)), v);
}`,
  exp: 'vec4 expStep(vec4 v) { return keepNaN(scaledExp(v, 0), v); }',
  expm1: 'vec4 expm1Step(vec4 v) { return keepNaN(expm1Of(v), v); }',
  floor: 'vec4 floorStep(vec4 v) { return keepNaN(floor(v), v); }',
  isFinite: /* glsl */ `
vec4 isFiniteStep(vec4 v) {
  return vec4(lessThan(floatBitsToUint(v) & uvec4(0x7fffffffu), uvec4(0x7f800000u)));
}`,
  isInf: 'vec4 isInfStep(vec4 v) { return vec4(isInf4(v)); }',
  isNaN: 'vec4 isNaNStep(vec4 v) { return vec4(isNaN4(v)); }',
  leakyrelu: /* glsl */ `
vec4 leakyreluStep(vec4 v, float alpha) { return mix(v, alpha * v, lessThan(v, vec4(0.0))); }`,
  log: /* glsl */ `
vec4 logStep(vec4 v) {
  return keepNaN(nanWhere(logOf(v), maskOf4(lessThan(v, vec4(0.0)))), v);
}`,
  log1p: /* glsl */ `
vec4 log1pStep(vec4 v) {
  return keepNaN(nanWhere(log1pOf(v), maskOf4(lessThan(v, vec4(-1.0)))), v);
}`,
  logicalNot: 'vec4 logicalNotStep(vec4 v) { return vec4(equal(v, vec4(0.0))); }',
  neg: 'vec4 negStep(vec4 v) { return -v; }',
  reciprocal: 'vec4 reciprocalStep(vec4 v) { return 1.0 / v; }',
  relu: 'vec4 reluStep(vec4 v) { return keepNaN(max(v, vec4(0.0)), v); }',
  relu6: 'vec4 relu6Step(vec4 v) { return keepNaN(min(max(v, vec4(0.0)), vec4(6.0)), v); }',
  round: 'vec4 roundStep(vec4 v) { return keepNaN(roundEven(v), v); }',
  rsqrt: /* glsl */ `
vec4 rsqrtStep(vec4 v) {
  vec4 y = mix(inversesqrt(v), vec4(0.0), isInf4(v));
  y = mix(y, withSign(infinity(), v), equal(v, vec4(0.0)));
  return keepNaN(nanWhere(y, maskOf4(lessThan(v, vec4(0.0)))), v);
}`,
  selu: /* glsl */ `
vec4 seluStep(vec4 v) {
  return mix(1.05070099 * v, 1.75809934 * expm1Of(v), lessThan(v, vec4(0.0)));
}`,
  sigmoid: 'vec4 sigmoidStep(vec4 v) { return keepNaN(1.0 / (1.0 + exp(-v)), v); }',
  sign: 'vec4 signStep(vec4 v) { return mix(sign(v), vec4(0.0), isNaN4(v)); }',
  sin: 'vec4 sinStep(vec4 v) { return keepNaN(sinAhead(v, 0.0), v); }',
  sinh: /* glsl */ `
vec4 sinhStep(vec4 v) {
  vec4 a = abs(v);
  vec4 e = expm1Of(a);
  vec4 near = 0.5 * (e + e / (e + 1.0));
  return keepNaN(withSign(mix(near, scaledExp(a, -1), greaterThan(a, vec4(9.0))), v), v);
}`,
  softplus: /* glsl */ `
vec4 softplusStep(vec4 v) {
  return keepNaN(max(v, vec4(0.0)) + log1pOf(scaledExp(-abs(v), 0)), v);
}`,
  sqrt: /* glsl */ `
vec4 sqrtStep(vec4 v) {
  return keepNaN(nanWhere(sqrt(max(v, vec4(0.0))), maskOf4(lessThan(v, vec4(0.0)))), v);
}`,
  square: 'vec4 squareStep(vec4 v) { return v * v; }',
  step: /* glsl */ `
vec4 stepStep(vec4 v, float alpha) {
  return keepNaN(mix(vec4(alpha), vec4(1.0), greaterThan(v, vec4(0.0))), v);
}`,
  tan: /* glsl */ `
vec4 tanStep(vec4 v) {
  vec4 k = quartersOf(v);
  vec4 r = withoutQuarters(v, k);
  vec4 s = sinNear(r);
  vec4 c = cosNear(r);
  vec4 y = chosen(s, -c, isOdd(k)) / chosen(c, s, isOdd(k));
  return keepNaN(nanWhere(y, maskOf4(isInf4(v))), v);
}`,
  tanh: /* glsl */ `
vec4 tanhStep(vec4 v) {
  vec4 m = expm1Of(-2.0 * abs(v));
  return keepNaN(withSign(m / (2.0 + m), v), v);
}`,
  truncate: 'vec4 truncateStep(vec4 v) { return mix(trunc(v), vec4(0.0), isNaN4(v)); }',
};
