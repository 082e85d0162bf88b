import { caseId } from './caseId.js';
import { activationNames, type ConvCase } from './convCase.js';
import { type Grid, grid } from './grid.js';

type Sizes = readonly [number, number, number, number];

/** Values of the fields that a family of cases does not vary. */
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

/** Fields that a family varies, apart from the shapes `in` and `filter`. */
export type Varied = Omit<Partial<ConvCase>, 'in' | 'filter'>;

/** Adds an input [batch, height, width, in] and a filter [height, width, in, out] to each row. */
export function sized<Row extends Varied>(
  rows: Grid<Row>,
  sizes: (row: Row) => { in: Sizes; filter: Sizes },
): Grid<Row & { in: Sizes; filter: Sizes }> {
  return rows.expand((row) => [{ ...row, ...sizes(row) }]);
}

const ALPHA = 0.3;

/**
 * One row for each activation: prelu with weights of the shape `slopes`, leakyrelu with an alpha.
 */
export function activated(slopes: readonly number[]): Grid<Varied> {
  return grid(
    activationNames.map((activation) => ({
      activation,
      ...(activation === 'prelu' ? { prelu: slopes } : {}),
      ...(activation === 'leakyrelu' ? { alpha: ALPHA } : {}),
    })),
  );
}

/** Yields the cases of families of rows, each once, in order. */
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
