/** GLSL counterpart of kernels/webgl/layout/filter.ts: the first weights of an input slice. */
export const filterAccessGlsl = /* glsl */ `
struct FilterLayout {
  ivec3 fold;  // base-2 logarithm of the input slices in a row, rows of an output group, texels of a slice
  vec2 texel;  // one texel in texture coordinates
};
uniform FilterLayout weightsLayout;

// Texture coordinates of the first weight that output group outGroup has for input slice s.
vec2 weightsAt(int outGroup, int s) {
  ivec3 fold = weightsLayout.fold;
  ivec2 at = ivec2((s & ((1 << fold.x) - 1)) * fold.z, outGroup * fold.y + (s >> fold.x));
  return (vec2(at) + 0.5) * weightsLayout.texel;
}
`;
