/**
 * GLSL functions that step functions share, each under its name. A function may call those before it.
 *
 * The elementary ones replace GLSL's own, which GPUs compute with few correct digits. Their polynomials
 * are those of the single precision functions of Cephes (S. Moshier) and, of log1p, of FreeBSD's msun.
 * Arguments that no polynomial takes, such as infinities, are noted where they matter.
 */
export const helperFunctions = {
  keepNaN: /* glsl */ `
// y, or the NaN that it was computed from.
vec4 keepNaN(vec4 y, vec4 v) { return mix(y, v, isNaN4(v)); }`,

  nanWhere: /* glsl */ `
// v, or NaN where the mask is all ones.
vec4 nanWhere(vec4 v, uvec4 mask) {
  return uintBitsToFloat(floatBitsToUint(v) | (mask & uvec4(0x7fc00000u)));
}`,

  isInf4: /* glsl */ `
bvec4 isInf4(vec4 v) {
  return equal(floatBitsToUint(v) & uvec4(0x7fffffffu), uvec4(0x7f800000u));
}`,

  infinity: /* glsl */ `
vec4 infinity() { return uintBitsToFloat(uvec4(0x7f800000u)); }`,

  withSign: /* glsl */ `
// The magnitude of v with the sign of s, also if that is a zero.
vec4 withSign(vec4 v, vec4 s) {
  uvec4 signs = floatBitsToUint(s) & uvec4(0x80000000u);
  return uintBitsToFloat((floatBitsToUint(v) & uvec4(0x7fffffffu)) | signs);
}`,

  truth: /* glsl */ `
// 1 where b is true, unless it was decided by a NaN.
vec4 truth(bvec4 b, vec4 x, vec4 y) {
  return mix(mix(vec4(b), vec4(0.0), isNaN4(x)), vec4(0.0), isNaN4(y));
}`,

  powerOfTwo: /* glsl */ `
// 2^k for k from -126 to 127.
vec4 powerOfTwo(ivec4 k) { return intBitsToFloat((k + 127) << 23); }`,

  scaled: /* glsl */ `
// v * 2^k for k from -252 to 254.
vec4 scaled(vec4 v, ivec4 k) {
  ivec4 part = k >> 1;
  return v * powerOfTwo(part) * powerOfTwo(k - part);
}`,

  expm1Near: /* glsl */ `
// exp(r) - 1 for |r| <= ln(2) / 2.
vec4 expm1Near(vec4 r) {
  vec4 p = ((((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r
    + 4.1665795894e-2) * r + 1.6666665459e-1) * r + 5.0000001201e-1;
  return r + r * r * p;
}`,

  withoutTurns: /* glsl */ `
// v - k * ln(2), with ln(2) in two parts, of which the first has few bits.
vec4 withoutTurns(vec4 v, vec4 k) { return (v - k * 0.693359375) + k * 2.12194440e-4; }`,

  scaledExp: /* glsl */ `
// exp(v) * 2^shift for a shift of 0 or -1.
vec4 scaledExp(vec4 v, int shift) {
  vec4 x = min(max(v, vec4(-104.0)), vec4(89.5));
  vec4 k = floor(x * 1.44269504 + 0.5);
  return scaled(1.0 + expm1Near(withoutTurns(x, k)), ivec4(k) + shift);
}`,

  expm1Of: /* glsl */ `
// exp(v) - 1, also of small v.
vec4 expm1Of(vec4 v) {
  vec4 x = min(max(v, vec4(-18.0)), vec4(88.9));
  vec4 k = floor(x * 1.44269504 + 0.5);
  vec4 power = powerOfTwo(ivec4(k) - 1);
  return 2.0 * (power * expm1Near(withoutTurns(x, k)) + (power - 0.5));
}`,

  log1pNear: /* glsl */ `
// log(1 + f) for 1 + f from 1 / sqrt(2) to sqrt(2).
vec4 log1pNear(vec4 f) {
  vec4 s = f / (2.0 + f);
  vec4 z = s * s;
  vec4 r = z * (0.66666662693 + z * (0.40000972152 + z * (0.28498786688 + z * 0.24279078841)));
  vec4 square = 0.5 * f * f;
  return f - (square - s * (square + r));
}`,

  exponentOf: /* glsl */ `
// The power of two that brings v between 1 / sqrt(2) and sqrt(2), for v > 0.
ivec4 exponentOf(vec4 v) { return (floatBitsToInt(v) - 0x3f3504f3) >> 23; }`,

  mantissaOf: /* glsl */ `
// v / 2^k for the exponent k of v.
vec4 mantissaOf(vec4 v, ivec4 k) { return intBitsToFloat(floatBitsToInt(v) - (k << 23)); }`,

  logOf: /* glsl */ `
// log(v) for v >= 0, also if it is infinite.
vec4 logOf(vec4 v) {
  ivec4 k = exponentOf(v);
  vec4 turns = vec4(k);
  vec4 y = turns * 0.693359375 + (log1pNear(mantissaOf(v, k) - 1.0) - turns * 2.12194440e-4);
  return mix(mix(y, v, isInf4(v)), -infinity(), equal(v, vec4(0.0)));
}`,

  log1pOf: /* glsl */ `
// log(1 + v) for v >= -1, also of small v.
vec4 log1pOf(vec4 v) {
  return mix(logOf(1.0 + v), log1pNear(v), lessThan(abs(v - 0.06), vec4(0.35)));
}`,

  quartersOf: /* glsl */ `
// Number of quarter turns in the angle v, to the nearest.
vec4 quartersOf(vec4 v) { return floor(v * 0.636619772 + 0.5); }`,

  withoutQuarters: /* glsl */ `
// v - k * pi / 2, with pi / 2 in three parts, of which the first two have few bits.
vec4 withoutQuarters(vec4 v, vec4 k) {
  return ((v - k * 1.5703125) - k * 4.837512969970703e-4) - k * 7.549789954891882e-8;
}`,

  sinNear: /* glsl */ `
// sin(r) for |r| <= pi / 4.
vec4 sinNear(vec4 r) {
  vec4 z = r * r;
  return r + r * z * (-1.6666654611e-1 + z * (8.3321608736e-3 - z * 1.9515295891e-4));
}`,

  cosNear: /* glsl */ `
// cos(r) for |r| <= pi / 4.
vec4 cosNear(vec4 r) {
  vec4 z = r * r;
  vec4 p = 4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5);
  return 1.0 - 0.5 * z + z * z * p;
}`,

  isOdd: /* glsl */ `
// All ones where the whole number v is odd.
uvec4 isOdd(vec4 v) { return maskOf4(notEqual(floor(0.5 * v), 0.5 * v)); }`,

  chosen: /* glsl */ `
// b where the mask is all ones, and a where it is zero.
vec4 chosen(vec4 a, vec4 b, uvec4 mask) { return mix(a, b, notEqual(mask, uvec4(0u))); }`,

  sinAhead: /* glsl */ `
// sin(v + turns * pi / 2), with nearly all digits for |v| < 12000.
vec4 sinAhead(vec4 v, float turns) {
  vec4 k = quartersOf(v);
  vec4 r = withoutQuarters(v, k);
  vec4 y = chosen(sinNear(r), cosNear(r), isOdd(k + turns));
  y = chosen(y, -y, isOdd(floor(0.5 * (k + turns))));
  return nanWhere(min(max(y, vec4(-1.0)), vec4(1.0)), maskOf4(isInf4(v)));
}`,

  asinNear: /* glsl */ `
// asin(x) for |x| <= 1/2.
vec4 asinNear(vec4 x) {
  vec4 z = x * x;
  vec4 p = 1.6666752422e-1 + z * (7.4953002686e-2 + z * (4.5470025998e-2
    + z * (2.4181311049e-2 + z * 4.2163199048e-2)));
  return x + x * z * p;
}`,

  atanNear: /* glsl */ `
// atan(x) for |x| <= tan(pi / 8).
vec4 atanNear(vec4 x) {
  vec4 z = x * x;
  vec4 p = -3.33329491539e-1 + z * (1.99777106478e-1 + z * (-1.38776856032e-1 + z * 8.05374449538e-2));
  return x + x * z * p;
}`,

  atanUnit: /* glsl */ `
// atan(x) for x from 0 to 1.
vec4 atanUnit(vec4 x) {
  vec4 turned = 0.785398163 + atanNear((x - 1.0) / (x + 1.0));
  return mix(atanNear(x), turned, greaterThan(x, vec4(0.414213562)));
}`,

  highBits: /* glsl */ `
// v with the first half of its digits, so that the product of two such numbers is exact.
vec4 highBits(vec4 v) { return uintBitsToFloat(floatBitsToUint(v) & uvec4(0xfffff000u)); }`,

  remainderOf: /* glsl */ `
// The exact remainder of p / q, for p >= 0 and q > 0: a quotient of few digits is taken out in each turn.
vec4 remainderOf(vec4 p, vec4 q) {
  vec4 high = highBits(q);
  vec4 low = q - high;
  vec4 r = p;
  for (int i = 0; i < 12; ++i) {
    if (all(lessThan(r, q))) break;
    vec4 n = max(floor(highBits(min(r / q, vec4(3e38)))), vec4(1.0));
    r = mix((r - n * high) - n * low, r, lessThan(r, q));
  }
  return mix(r, r + q, lessThan(r, vec4(0.0)));
}`,

  modOf: /* glsl */ `
// The remainder of a / b that has the sign of b.
vec4 modOf(vec4 a, vec4 b) {
  vec4 q = abs(b);
  vec4 rest = remainderOf(abs(a), q);
  uvec4 isOpposite = maskOf4(lessThan(a, vec4(0.0))) ^ maskOf4(lessThan(b, vec4(0.0)));
  vec4 y = chosen(rest, q - rest, isOpposite & maskOf4(notEqual(rest, vec4(0.0))));
  y = nanWhere(withSign(y, b), maskOf4(isInf4(a)) | maskOf4(equal(b, vec4(0.0))));
  return keepNaN(keepNaN(nanWhere(y, isOpposite & maskOf4(isInf4(b))), b), a);
}`,
} as const;

const names = Object.keys(helperFunctions) as (keyof typeof helperFunctions)[];

/** Returns the functions with the helpers that they call, directly or not, before them. */
export function withHelpers(functions: readonly string[]): string[] {
  const needed: string[] = [];
  let calls = functions.join('\n');
  for (const name of [...names].reverse()) {
    if (!new RegExp(`\\b${name}\\(`).test(calls)) continue;
    needed.unshift(helperFunctions[name]);
    calls += helperFunctions[name];
  }
  return [...needed, ...functions];
}
