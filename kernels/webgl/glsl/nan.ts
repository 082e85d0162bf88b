/** GLSL isnan by bits, because drivers may assume that no NaN occurs and drop comparisons. */
export const nanGlsl = /* glsl */ `
bvec4 isNaN4(vec4 v) {
  return greaterThan(floatBitsToUint(v) & uvec4(0x7fffffffu), uvec4(0x7f800000u));
}
`;
