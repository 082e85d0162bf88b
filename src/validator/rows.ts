import { caseId } from './caseId.js';
import { activationNames, type ConvCase } from './convCase.js';
import { type Grid, grid } from './grid.js';

type Sizes = readonly [number, number, number, number];

/** What a family of cases does not vary. */
export const plain: ConvCase = {
  kernel: 'conv2d',
  in: [1, 9, 11, 3],
  filter: [3, 3, 3, 4],
  stride: [1, 1],
  pad: 'same',
  dilation: [1, 1],
  format: 'NHWC',
  seed: 1,
};

/** The fields a family varies, besides `shape`, which stands for `in` and `filter` together. */
export type Varied = Omit<Partial<ConvCase>, 'in' | 'filter'>;

/** Puts an input [batch, height, width, in] and a filter [height, width, in, out] into each row. */
export function sized<Row extends Varied>(
  rows: Grid<Row>,
  sizes: (row: Row) => { in: Sizes; filter: Sizes },
): Grid<Row & { in: Sizes; filter: Sizes }> {
  return rows.expand((row) => [{ ...row, ...sizes(row) }]);
}

const ALPHA = 0.3;

/** An activation with what it needs. */
export function activated(slopes: readonly number[]): Grid<Varied> {
  return grid(
    activationNames.map((activation) => ({
      activation,
      ...(activation === 'prelu' ? { prelu: slopes } : {}),
      ...(activation === 'leakyrelu' ? { alpha: ALPHA } : {}),
    })),
  );
}

/** The cases of families of rows, each once, in order. */
export function* distinctCases(
  families: Iterable<Iterable<Partial<ConvCase>>>,
): Iterable<ConvCase> {
  const seen = new Set<string>();
  for (const family of families) {
    for (const row of family) {
      const c = { ...plain, ...row };
      const id = caseId(c);
      if (seen.has(id)) continue;
      seen.add(id);
      yield c;
    }
  }
}
