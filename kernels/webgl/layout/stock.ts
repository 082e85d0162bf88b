/**
 * How the stock WebGL backend lays the flat data of a tensor into one texture.
 *
 * - `unpacked`: one value a texel, row-major.
 * - `packed`: 2x2 values a texel, from two neighbouring rows and columns of the
 *   tensor's last two axes: lane = (row % 2)*2 + column % 2.
 */
export type StockForm = 'unpacked' | 'packed';

export interface StockLayout {
  readonly form: StockForm;
  /** Texels across the texture. */
  readonly texWidth: number;
  /** Last two axes of the tensor; they only matter where the form is packed. */
  readonly rows: number;
  readonly columns: number;
  /** Values before the first one: a shallow slice starts inside another's texture. */
  readonly offset: number;
}

/** Last two axes of a shape as the stock packing sees them. */
export function packedRowsColumns(shape: readonly number[]): [rows: number, columns: number] {
  const rank = shape.length;
  return [rank > 1 ? shape[rank - 2] : 1, rank > 0 ? shape[rank - 1] : 1];
}

/** Where flat value `index` lies. The GLSL of glsl/stockAccess.ts is the same formula. */
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
