/** GLSL side of src/layout/tile.ts: sizes are uniforms, the same formulas. */
export const tileLayoutGlsl = /* glsl */ `
struct TileLayout {
  ivec4 extent;  // batch, height, width, channels
  ivec4 grid;    // columns, rows, groups, rows of a band (0: one band holds all)
};

// Tile (column, row) that a texel of a plane belongs to.
ivec2 tileOf(TileLayout l, ivec2 texel) {
  if (l.grid.w == 0) return texel;
  int band = texel.x / l.grid.x;
  return ivec2(texel.x - band * l.grid.x, texel.y + band * l.grid.w);
}

// Texel of the first tile of a row; the row's other tiles follow to its right.
ivec2 rowStart(TileLayout l, int row) {
  if (l.grid.w == 0) return ivec2(0, row);
  int band = row / l.grid.w;
  return ivec2(band * l.grid.x, row - band * l.grid.w);
}

// Which lanes of a slice are channels of the tensor.
bvec4 channelLanes(TileLayout l, int slice) {
  return lessThan(4 * slice + ivec4(0, 1, 2, 3), ivec4(l.extent.w));
}
`;
