/**
 * Lazy list of parameter rows: `combine` crosses the rows with the values of one more parameter,
 * `expand` replaces each row with any number of rows, `filter` keeps some rows.
 */
export interface Grid<Row extends object> extends Iterable<Row> {
  combine<K extends string, V>(key: K, values: readonly V[]): Grid<Row & Record<K, V>>;
  expand<New extends object>(rows: (row: Row) => Iterable<New>): Grid<New>;
  filter(keep: (row: Row) => boolean): Grid<Row>;
}

export function grid<Row extends object>(rows: Iterable<Row>): Grid<Row> {
  const from = <New extends object>(generate: () => Iterator<New>) =>
    grid<New>({ [Symbol.iterator]: generate });
  return {
    [Symbol.iterator]: () => rows[Symbol.iterator](),
    combine: <K extends string, V>(key: K, values: readonly V[]) =>
      from(function* () {
        for (const row of rows) {
          for (const value of values) yield { ...row, [key]: value } as Row & Record<K, V>;
        }
      }),
    expand: (each) =>
      from(function* () {
        for (const row of rows) yield* each(row);
      }),
    filter: (keep) =>
      from(function* () {
        for (const row of rows) if (keep(row)) yield row;
      }),
  };
}
