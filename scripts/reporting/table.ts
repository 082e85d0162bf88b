/** Text for a terminal. */

/** Columns as wide as their widest cell; the first `left` of them to the left, others right. */
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

/** Three significant digits, more from 1000 on. */
export function ms(value: number | null): string {
  if (value === null) return '-';
  return value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}

export function ratio(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(2)}x`;
}

/** `1.2e-6`; `0` for exact agreement; `not finite` where there is no number. */
export function small(value: number | null): string {
  if (value === null) return 'not finite';
  return value === 0 ? '0' : value.toExponential(1);
}

export function megabytes(bytes: number): string {
  return bytes === 0 ? '-' : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Of a part of one. */
export function percent(part: number | null): string {
  return part === null ? '-' : `${Math.round(100 * part)}%`;
}
