/** Building blocks of the generated Markdown. */
import { type Column, type Table, tableOf } from '../report/table.js';

/** A cell of a column of figures, with `-` for none. */
const figure = /^(\*\*)?[-\d]/;

/** Formats a table; columns of figures are right-aligned, except the first one. */
export function markdownTable({ head, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.trim().replaceAll('|', '\\|')).join(' | ')} |`;
  const isRight = (column: number) => column > 0 && rows.every((row) => figure.test(row[column]));
  const rule = `|${head.map((_, i) => (isRight(i) ? '--:' : '---')).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

export function markdownRows<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return markdownTable(tableOf(columns, rows));
}

/** Returns Markdown that is folded away below its summary. */
export function details(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** Joins paragraphs; leaves out empty ones. */
export function paragraphs(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
