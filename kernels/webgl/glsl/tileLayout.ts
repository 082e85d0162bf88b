/** GLSL side of src/layout/tile.ts: sizes are uniforms, the same formulas. */
export const tileLayoutGlsl = /* glsl */ `
struct TileLayout {
  ivec4 extent;  // batch, height, width, channels
  ivec4 grid;    // columns, rows, groups, base-2 logarithm of the rows of a band
};

// Tile (column, row) that a texel of a plane belongs to.
ivec2 tileOf(TileLayout l, ivec2 texel) {
  int band = texel.x / l.grid.x;
  return ivec2(texel.x - band * l.grid.x, texel.y + (band << l.grid.w));
}

// Texel of the first tile of a row; the row's other tiles follow to its right.
ivec2 rowStart(TileLayout l, int row) {
  return ivec2((row >> l.grid.w) * l.grid.x, row & ((1 << l.grid.w) - 1));
}

// Which lanes of a slice are channels of the tensor.
bvec4 channelLanes(TileLayout l, int slice) {
  return lessThan(4 * slice + ivec4(0, 1, 2, 3), ivec4(l.extent.w));
}
`;
