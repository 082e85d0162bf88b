/**
 * GLSL counterpart of kernels/webgl/layout/tile.ts: the same formulas, with sizes as uniforms. Few
 * programs meet rows that are cut into parts, and only their text (longRows.ts) has what these take.
 */

export const layoutStruct = /* glsl */ `
struct TileLayout {
  ivec4 extent;  // batch, height, width, channels
  ivec4 grid;    // columns, rows, groups, base-2 logarithm of the images side by side
  vec2 texel;    // one texel in texture coordinates
  vec2 inverse;  // 1 / columns, 1 / rows
};
`;

export const layoutStructOfParts = /* glsl */ `
struct TileLayout {
  ivec4 extent;  // batch, height, width, channels
  ivec4 grid;    // columns, rows, groups, base-2 logarithm of the images side by side
  vec2 texel;    // one texel in texture coordinates
  vec2 inverse;  // 1 / columns of a part, 1 / rows
  ivec4 parts;   // number of the last part, columns from part to part, columns of one, those left of any
};
`;

/** Places of the tiles of a layout whose rows are whole. */
export const tilePlaces = /* glsl */ `
// Column, row and image (batch element * groups + group) of the tile that a texel belongs to.
ivec3 tileOf(TileLayout l, ivec2 texel) {
  // Exact up to 2^21 texels: half a texel is more than what the products are off.
  ivec2 place = ivec2((vec2(texel) + 0.5) * l.inverse);
  return ivec3(texel - place * l.grid.xy, (place.y << l.grid.w) + place.x);
}

// Texel of the first tile of an image; its other tiles follow to the right and below. Where rows are in
// parts, it is where this tile would be if the part of the column went on to the left.
ivec2 imageStart(TileLayout l, int image, int column) {
  return ivec2(image & ((1 << l.grid.w) - 1), image >> l.grid.w) * l.grid.xy;
}

// The same for each turn of a loop over columns, before which start was computed for any column.
ivec2 startFor(TileLayout l, ivec2 start, int image, int column) { return start; }
`;

/** The same, of layouts whose rows may be in parts; the part of a column has the columns near it. */
export const tilePlacesOfParts = /* glsl */ `
ivec2 partSides(TileLayout l) { return ivec2(l.parts.x == 0 ? l.grid.x : l.parts.z, l.grid.y); }

ivec3 tileOf(TileLayout l, ivec2 texel) {
  ivec2 place = ivec2((vec2(texel) + 0.5) * l.inverse);
  ivec2 at = texel - place * partSides(l);
  int index = (place.y << l.grid.w) + place.x;
  int image = quotient(index, l.parts.x + 1);
  return ivec3(at.x + (index - image * (l.parts.x + 1)) * l.parts.y, at.y, image);
}

ivec2 imageStart(TileLayout l, int image, int column) {
  int part = l.parts.x == 0 ? 0 : min(quotient(max(column - l.parts.w, 0), l.parts.y), l.parts.x);
  int index = image * (l.parts.x + 1) + part;
  ivec2 place = ivec2(index & ((1 << l.grid.w) - 1), index >> l.grid.w);
  return place * partSides(l) - ivec2(part * l.parts.y, 0);
}

ivec2 startFor(TileLayout l, ivec2 start, int image, int column) {
  return imageStart(l, image, column);
}
`;

export const tileLayoutGlsl = /* glsl */ `
${layoutStruct}
// a / b for a >= 0 and b > 0, by an estimate and what is left of a after it. Rasterisers on the CPU
// divide whole numbers one by one, which takes longer than a fetch.
int quotient(int a, int b) {
  float divisor = float(b);
  int q = int(float(a) / divisor);
  q += int(floor(float(a - q * b) / divisor));
  int rest = a - q * b;
  return q + int(rest >= b) - int(rest < 0);
}

${tilePlaces}
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
