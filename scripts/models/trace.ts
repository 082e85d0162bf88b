/** What the kernels of one prediction did, in their order, and what that comes to. */
import type { Conversion, ConversionKind } from '../../src/engine/engineLog.js';

/**
 * Programs of ours, of stock webgl, or none: a view of the same data, values on the CPU, or a
 * result that is drawn later, with the kernels after it.
 */
export type Ran = 'tiles' | 'stock' | 'nothing';

export interface KernelEvent {
  /**
   * Name of the tfjs kernel; 'read' for what happens between kernels. Kernels that were put off
   * appear twice: where they were called, and as `Conv2D + Relu` where one program drew them.
   */
  readonly kernel: string;
  readonly ran: Ran;
  /** Of a convolution of ours. */
  readonly variant: string | null;
  /** Shape of its first result; null for a read. */
  readonly shape: readonly number[] | null;
  readonly conversions: readonly { readonly kind: ConversionKind; readonly texels: number }[];
  /** Null where it was not timed. */
  readonly ms: number | null;
}

const convolutions = [
  'Conv2D',
  'FusedConv2D',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2D',
  'Conv2DBackpropInput',
];

/** What comes after the first convolution, to the last one and with it. */
export function betweenConvolutions(events: readonly KernelEvent[]): KernelEvent[] {
  const isConvolution = ({ kernel }: KernelEvent) => convolutions.includes(kernel);
  const first = events.findIndex(isConvolution);
  return first < 0 ? [] : events.slice(first + 1, events.findLastIndex(isConvolution) + 1);
}

/** Conversions by kind and kernel, the most frequent first. */
export function conversionsOf(events: readonly KernelEvent[]): Conversion[] {
  const sums = new Map<string, { -readonly [K in keyof Conversion]: Conversion[K] }>();
  for (const { kernel, conversions } of events) {
    for (const { kind, texels } of conversions) {
      const key = `${kind} ${kernel}`;
      const sum = sums.get(key) ?? { kind, kernel, count: 0, texels: 0 };
      sum.count++;
      sum.texels += texels;
      sums.set(key, sum);
    }
  }
  return [...sums.values()].sort((a, b) => b.count - a.count);
}

export function countOf(conversions: readonly Pick<Conversion, 'count'>[]): number {
  return conversions.reduce((sum, { count }) => sum + count, 0);
}

/** How often which kernel ran programs of stock webgl. */
export function stockKernelsOf(events: readonly KernelEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kernel, ran } of events) {
    if (ran === 'stock') counts[kernel] = (counts[kernel] ?? 0) + 1;
  }
  return counts;
}

/** `untile 3 Concat, tile 1 Conv2D`; `none`. */
export function conversionText(conversions: readonly Conversion[]): string {
  const parts = conversions.map(({ kind, kernel, count }) => `${kind} ${count} ${kernel}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
