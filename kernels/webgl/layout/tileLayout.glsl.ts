/** GLSL counterpart of kernels/webgl/layout/tile.ts: the same formulas, with sizes as uniforms. */
export const tileLayoutGlsl = /* glsl */ `
struct TileLayout {
  ivec4 extent;  // batch, height, width, channels
  ivec4 grid;    // columns, rows, groups, base-2 logarithm of the images side by side
  vec2 texel;    // one texel in texture coordinates
  vec2 inverse;  // 1 / columns, 1 / rows
};

// a / b for a >= 0 and b > 0, by an estimate and what is left of a after it. Rasterisers on the CPU
// divide whole numbers one by one, which takes longer than a fetch.
int quotient(int a, int b) {
  float divisor = float(b);
  int q = int(float(a) / divisor);
  q += int(floor(float(a - q * b) / divisor));
  int rest = a - q * b;
  return q + int(rest >= b) - int(rest < 0);
}

// Column, row and image (batch element * groups + group) of the tile that a texel belongs to.
ivec3 tileOf(TileLayout l, ivec2 texel) {
  // Exact up to 2^21 texels: half a texel is more than what the products are off.
  ivec2 place = ivec2((vec2(texel) + 0.5) * l.inverse);
  return ivec3(texel - place * l.grid.xy, (place.y << l.grid.w) + place.x);
}

// Texel of the first tile of an image; its other tiles follow to the right and below.
ivec2 imageStart(TileLayout l, int image) {
  return ivec2(image & ((1 << l.grid.w) - 1), image >> l.grid.w) * l.grid.xy;
}

// Texture coordinates of a texel. Programs sample with texture(): rasterisers on the CPU
// do that faster than texelFetch, and filters are NEAREST.
vec2 coordinates(TileLayout l, ivec2 texel) { return (vec2(texel) + 0.5) * l.texel; }

// All ones for true and zero for false, for masked().
uint maskOf(bool b) { return uint(-int(b)); }
uvec4 maskOf4(bvec4 b) { return uvec4(-ivec4(b)); }

// v where the mask is all ones, zero where it is zero, whatever v is. Rasterisers on the CPU
// take one operation for it, and three and more registers for mix() with a bvec4.
vec4 masked(vec4 v, uvec4 mask) { return uintBitsToFloat(floatBitsToUint(v) & mask); }

// Which lanes of a slice are channels of the tensor.
bvec4 channelLanes(TileLayout l, int slice) {
  return lessThan(4 * slice + ivec4(0, 1, 2, 3), ivec4(l.extent.w));
}
`;
