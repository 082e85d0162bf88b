/**
 * Parts of rows that have more tiles than a texture has texels. Part p holds the tiles from column
 * `p*step` on, `across` of them, so that neighbouring parts overlap: a program that reads the part of
 * one column finds the columns near it there as well, and adds constants to its place as in a row that
 * is whole. Programs write the tiles of an overlap once for each part.
 */
export interface RowParts {
  /** Number of parts of a row; 1 if it is whole. */
  readonly parts: number;
  /** Columns from the start of a part to that of the next; 0 if rows are whole. */
  readonly step: number;
  /** Texels of a part. */
  readonly across: number;
  /** Number of columns to the left and to the right of any column that its part has, if the row has them. */
  readonly left: number;
  readonly right: number;
}

/** Number of columns of an overlap, unless textures are so small that a quarter of them is less. */
const OVERLAP = 64;
/** Part of an overlap to the left of a column: padding is short, filters reach to the right. */
const LEFT_SHARE = 1 / 4;

/** Returns the parts of rows of so many tiles. */
export function rowParts(columns: number, maxTextureSize: number): RowParts {
  if (columns <= maxTextureSize) {
    return { parts: 1, step: 0, across: columns, left: 0, right: 0 };
  }
  const overlap = Math.min(OVERLAP, Math.floor(maxTextureSize / 4));
  const parts = Math.ceil((columns - overlap) / (maxTextureSize - overlap));
  const step = Math.ceil((columns - overlap) / parts);
  const left = Math.floor(overlap * LEFT_SHARE);
  return { parts, step, across: step + overlap, left, right: overlap - left };
}

/** True if rows are cut, which only programs for long rows can read and write. */
export function hasLongRows({ parts }: RowParts): boolean {
  return parts > 1;
}

/** Returns the number of the part that has a column and the columns near it. */
export function partWith({ parts, step, left }: RowParts, column: number): number {
  if (parts === 1) return 0;
  return Math.min(Math.floor(Math.max(column - left, 0) / step), parts - 1);
}
