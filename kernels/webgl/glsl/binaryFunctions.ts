/**
 * GLSL column of the table of binary kernels: a function named after the op, with `Step` behind it, of
 * both inputs in their order. NaN is treated as in unaryFunctions.ts; comparisons with it are false.
 */
import type { BinaryOp } from '../../elementwise/binary.js';

export const binaryFunctions: Readonly<Record<BinaryOp, string>> = {
  add: 'vec4 addStep(vec4 a, vec4 b) { return a + b; }',
  atan2: /* glsl */ `
vec4 atan2Step(vec4 y, vec4 x) {
  vec4 p = abs(y);
  vec4 q = abs(x);
  vec4 most = max(p, q);
  vec4 least = min(p, q);
  vec4 ratio = mix(least / most, vec4(1.0), equal(least, most));
  vec4 angle = atanUnit(mix(ratio, vec4(0.0), equal(most, vec4(0.0))));
  angle = mix(angle, 1.57079633 - angle, greaterThan(p, q));
  angle = mix(angle, 3.14159265 - angle, lessThan(floatBitsToInt(x), ivec4(0)));
  return keepNaN(keepNaN(withSign(angle, y), x), y);
}`,
  divide: 'vec4 divideStep(vec4 a, vec4 b) { return a / b; }',
  equal: 'vec4 equalStep(vec4 a, vec4 b) { return truth(equal(a, b), a, b); }',
  floorDiv: /* glsl */ `
vec4 floorDivStep(vec4 a, vec4 b) {
  vec4 rest = modOf(a, b);
  vec4 y = mix(roundEven((a - rest) / b), floor(a / b), isNaN4(rest));
  return mix(y, a / b, greaterThan(abs(a / b), vec4(16777216.0)));
}`,
  greater: 'vec4 greaterStep(vec4 a, vec4 b) { return truth(greaterThan(a, b), a, b); }',
  greaterEqual: /* glsl */ `
vec4 greaterEqualStep(vec4 a, vec4 b) { return truth(greaterThanEqual(a, b), a, b); }`,
  less: 'vec4 lessStep(vec4 a, vec4 b) { return truth(lessThan(a, b), a, b); }',
  lessEqual: 'vec4 lessEqualStep(vec4 a, vec4 b) { return truth(lessThanEqual(a, b), a, b); }',
  logicalAnd: /* glsl */ `
vec4 logicalAndStep(vec4 a, vec4 b) {
  return vec4(notEqual(a, vec4(0.0))) * vec4(notEqual(b, vec4(0.0)));
}`,
  logicalOr: /* glsl */ `
vec4 logicalOrStep(vec4 a, vec4 b) {
  return max(vec4(notEqual(a, vec4(0.0))), vec4(notEqual(b, vec4(0.0))));
}`,
  maximum: 'vec4 maximumStep(vec4 a, vec4 b) { return keepNaN(keepNaN(max(a, b), b), a); }',
  minimum: 'vec4 minimumStep(vec4 a, vec4 b) { return keepNaN(keepNaN(min(a, b), b), a); }',
  mod: 'vec4 modStep(vec4 a, vec4 b) { return modOf(a, b); }',
  multiply: 'vec4 multiplyStep(vec4 a, vec4 b) { return a * b; }',
  notEqual: 'vec4 notEqualStep(vec4 a, vec4 b) { return 1.0 - truth(equal(a, b), a, b); }',
  pow: /* glsl */ `
vec4 powStep(vec4 a, vec4 b) {
  vec4 x = abs(a);
  ivec4 k = exponentOf(x);
  vec4 turns = vec4(k);
  vec4 l = log1pNear(mantissaOf(x, k) - 1.0);
  vec4 n = floor(min(max(b * (turns + l * 1.44269504), vec4(-200.0)), vec4(200.0)) + 0.5);
  // The whole turns leave the exponent exactly, so that only those of the mantissa round.
  vec4 high = highBits(b);
  vec4 r = ((high * turns - n) + (b - high) * turns) * 0.693147181 + b * l;
  vec4 y = scaled(1.0 + expm1Near(min(max(r, vec4(-0.5)), vec4(0.5))), ivec4(n));
  vec4 way = mix(-sign(b), sign(b), greaterThan(x, vec4(1.0)));
  vec4 limit = mix(vec4(0.0), infinity(), greaterThan(way, vec4(0.0)));
  y = mix(mix(mix(y, limit, isInf4(b)), limit, isInf4(x)), limit, equal(x, vec4(0.0)));
  uvec4 isFraction = maskOf4(notEqual(floor(b), b));
  uvec4 signs = floatBitsToUint(a) & uvec4(0x80000000u) & isOdd(b) & (isFraction ^ uvec4(0xffffffffu));
  y = uintBitsToFloat(floatBitsToUint(y) | signs);
  y = nanWhere(y, isFraction & maskOf4(lessThan(mix(a, vec4(0.0), isInf4(a)), vec4(0.0))));
  y = nanWhere(y, maskOf4(equal(x, vec4(1.0))) & maskOf4(isInf4(b)));
  return mix(keepNaN(keepNaN(y, b), a), vec4(1.0), equal(b, vec4(0.0)));
}`,
  prelu: /* glsl */ `
vec4 preluStep(vec4 x, vec4 slope) { return mix(x, slope * x, lessThan(x, vec4(0.0))); }`,
  squaredDifference: /* glsl */ `
vec4 squaredDifferenceStep(vec4 a, vec4 b) { return (a - b) * (a - b); }`,
  sub: 'vec4 subStep(vec4 a, vec4 b) { return a - b; }',
};
