/** Formatting of tables and figures as text. */

/** A column of a table: its heading, and the text of a row's cell. */
export type Column<Row> = readonly [head: string, cell: (row: Row) => string];

/** Texts of a table's heading and cells, before they are laid out. */
export interface Table {
  head: string[];
  rows: string[][];
}

export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Table {
  return {
    head: columns.map(([head]) => head),
    rows: rows.map((row) => columns.map(([, cell]) => cell(row))),
  };
}

/**
 * Formats a table with columns as wide as their widest cell. The first `left` columns are
 * left-aligned, the others right-aligned.
 */
export function textTable(head: string[], rows: string[][], left: number): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row: string[]) =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join(
    '\n',
  );
}

/** Formats milliseconds to three significant digits; from 1000 on, to whole milliseconds. */
export function ms(value: number | null): string {
  if (value === null) return '-';
  if (value > 0 && value < 0.1) return value.toFixed(4);
  return value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}

export function ratio(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(2)}x`;
}

/** Formats a difference: `1.2e-6`; `0` for exact agreement; `not finite` for null. */
export function small(value: number | null): string {
  if (value === null) return 'not finite';
  return value === 0 ? '0' : value.toExponential(1);
}

export function megabytes(bytes: number): string {
  return bytes === 0 ? '-' : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Formats a fraction of one as a percentage. */
export function percent(part: number | null): string {
  return part === null ? '-' : `${Math.round(100 * part)}%`;
}
