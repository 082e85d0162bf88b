/** Floats in which values are stored in tiles: of 32 bits, or of 16 with 11 bits of mantissa. */
export type Precision = 'float32' | 'half';

/** Bytes of a texel of four numbers. */
export const texelBytes = { float32: 16, half: 8 } as const satisfies Record<Precision, number>;
