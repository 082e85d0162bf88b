/**
 * Form in which the stock WebGL backend stores the flat data of a tensor in one texture.
 *
 * - `unpacked`: one value per texel, row-major.
 * - `packed`: 2x2 values per texel, from two neighbouring rows and columns of the
 *   tensor's last two axes: lane = (row % 2)*2 + column % 2.
 */
export type StockForm = 'unpacked' | 'packed';

export interface StockLayout {
  readonly form: StockForm;
  /** Texels across the texture. */
  readonly texWidth: number;
  /** Sizes of the last two axes of the tensor; they matter only if the form is packed. */
  readonly rows: number;
  readonly columns: number;
  /** Number of values before the first: a shallow slice starts inside another tensor's texture. */
  readonly offset: number;
}

/** Returns the last two axes of a shape as the stock packing sees them. */
export function packedRowsColumns(shape: readonly number[]): [rows: number, columns: number] {
  const rank = shape.length;
  return [rank > 1 ? shape[rank - 2] : 1, rank > 0 ? shape[rank - 1] : 1];
}

/** Returns the place of flat value `index`: the same formula as the GLSL in stockAccess.glsl.ts. */
export function locateFlat(
  layout: StockLayout,
  index: number,
): { texX: number; texY: number; lane: number } {
  const { form, texWidth, rows, columns, offset } = layout;
  let texel = index + offset;
  let lane = 0;
  if (form === 'packed') {
    const column = index % columns;
    const line = Math.floor(index / columns);
    const row = line % rows;
    const batch = Math.floor(line / rows);
    const perRow = Math.ceil(columns / 2);
    lane = (row % 2) * 2 + (column % 2);
    texel = (batch * Math.ceil(rows / 2) + Math.floor(row / 2)) * perRow + Math.floor(column / 2);
  }
  return { texX: texel % texWidth, texY: Math.floor(texel / texWidth), lane };
}
