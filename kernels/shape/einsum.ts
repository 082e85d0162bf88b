/** Sums of products over axes that are named by letters, as products of matrices. */

/** An operand as a batch of matrices. */
interface Factor {
  /** Number of the operand. */
  readonly operand: 0 | 1;
  /** Axes that are summed over first, because no other letter is theirs. */
  readonly sums: readonly number[];
  /** Order of the axes that are left; null if they stay. */
  readonly perm: readonly number[] | null;
  /** [batch, rows, columns], or [rows, columns] where the product is a single one. */
  readonly shape: readonly number[];
  /** True if the matrices are transposed: their rows are summed over on the left, their columns on the right. */
  readonly isTransposed: boolean;
}

export interface EinsumPlan {
  readonly left: Factor;
  readonly right: Factor;
  /** Shape of the product, with its axes apart. */
  readonly shape: readonly number[];
  /** Order of these axes in the result; null if they stay. */
  readonly perm: readonly number[] | null;
}

const twoOperands = /^(\w+),(\w+)->(\w*)$/;

/**
 * Plans an einsum such as `'abc,cde->abde'`: letters of both operands and the result count matrices, those
 * of both operands alone are summed over, and the others are rows or columns. Letters of one operand alone
 * are summed over before; stock is wrong there.
 * @return null if it has another number of operands, or sums over nothing; and for arguments that are
 *   wrong, which stock reports
 */
export function einsumPlan(
  equation: string,
  shapes: readonly (readonly number[])[],
): EinsumPlan | null {
  const [, first, second, result] = twoOperands.exec(equation.replace(/\s/g, '')) ?? [];
  if (first === undefined || shapes.length !== 2) return null;
  const given = [[...first], [...second]];
  const out = [...result];
  const sizes = sizesOf(given, shapes);
  if (sizes === null || ![...given, out].every(areDistinct)) return null;
  if (!out.every((letter) => sizes.has(letter))) return null;
  const isAlone = (letter: string, i: number) =>
    !out.includes(letter) && !given[1 - i].includes(letter);
  const sums = given.map((term, i) => [...term.keys()].filter((axis) => isAlone(term[axis], i)));
  const terms = given.map((term, i) => term.filter((letter) => !isAlone(letter, i)));
  const [a, b] = terms;
  const summed = b.filter((letter) => a.includes(letter) && !out.includes(letter));
  const batch = out.filter((letter) => a.includes(letter) && b.includes(letter));
  const free = terms.map((term, i) =>
    out.filter((letter) => term.includes(letter) && !terms[1 - i].includes(letter)),
  );
  if (summed.length === 0 && sums.flat().length === 0) return null;

  // The order of the factors decides whether the product has its axes in the order of the result.
  const orderOf = (i: number) => [...batch, ...free[i], ...free[1 - i]];
  const leftOperand = permOf(orderOf(0), out) !== null && permOf(orderOf(1), out) === null ? 1 : 0;
  const size = (letters: readonly string[]) =>
    letters.reduce((product, letter) => product * (sizes.get(letter) as number), 1);
  const factor = (i: 0 | 1, isLeft: boolean): Factor => {
    const natural = isLeft ? [free[i], summed] : [summed, free[i]];
    const other = [natural[1], natural[0]];
    const isTransposed =
      permOf(terms[i], [...batch, ...natural.flat()]) !== null &&
      permOf(terms[i], [...batch, ...other.flat()]) === null;
    const [rows, columns] = isTransposed ? other : natural;
    return {
      operand: i,
      sums: sums[i],
      perm: permOf(terms[i], [...batch, ...rows, ...columns]),
      shape: [...(batch.length === 0 ? [] : [size(batch)]), size(rows), size(columns)],
      isTransposed,
    };
  };
  const order = orderOf(leftOperand);
  return {
    left: factor(leftOperand, true),
    right: factor(leftOperand === 0 ? 1 : 0, false),
    shape: order.map((letter) => sizes.get(letter) as number),
    perm: permOf(order, out),
  };
}

/** Returns the size of each letter; null if shapes contradict each other, or an axis is empty. */
function sizesOf(
  terms: readonly (readonly string[])[],
  shapes: readonly (readonly number[])[],
): Map<string, number> | null {
  const sizes = new Map<string, number>();
  for (const [i, term] of terms.entries()) {
    if (term.length !== shapes[i].length) return null;
    for (const [axis, letter] of term.entries()) {
      const size = shapes[i][axis];
      if (size === 0 || (sizes.get(letter) ?? size) !== size) return null;
      sizes.set(letter, size);
    }
  }
  return sizes;
}

const areDistinct = (letters: readonly string[]) => new Set(letters).size === letters.length;

/** Returns the axes of `from` in the order `to`, which has the same letters; null if they stay. */
function permOf(from: readonly string[], to: readonly string[]): number[] | null {
  const perm = to.map((letter) => from.indexOf(letter));
  return perm.every((axis, i) => axis === i) ? null : perm;
}
