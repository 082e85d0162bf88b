/** Events of the kernels of one prediction, in order, and their summaries. */
import type { Conversion, ConversionKind, LadderStep } from '../../src/engine/engineLog.js';

/**
 * Kind of programs that a kernel ran: ours ('tiles'), stock webgl's ('stock'), or none ('nothing').
 * A kernel runs none if its result is a view of the same data, has its values on the CPU, or is
 * drawn later together with the kernels after it. On tiled-cpu, code of ours ('ours'), stock cpu's
 * ('stock'), or none, if all of its results are views.
 */
export type Ran = 'tiles' | 'ours' | 'stock' | 'nothing';

export interface KernelEvent {
  /**
   * Name of the tfjs kernel; 'read' for work between kernels. A deferred kernel appears twice:
   * where it was called, and as part of a name such as `Conv2D + Relu` where one program drew it.
   */
  readonly kernel: string;
  readonly ran: Ran;
  /** Variant of a tiled convolution. */
  readonly variant: string | null;
  /** Shape of its first result; null for a read. */
  readonly shape: readonly number[] | null;
  readonly conversions: readonly { readonly kind: ConversionKind; readonly texels: number }[];
  /** Milliseconds; null if the kernel was not timed. */
  readonly ms: number | null;
}

const convolutions = [
  'Conv2D',
  'FusedConv2D',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2D',
  'Conv2DBackpropInput',
];

/** Returns the events after the first convolution, up to and including the last one. */
export function betweenConvolutions(events: readonly KernelEvent[]): KernelEvent[] {
  const isConvolution = ({ kernel }: KernelEvent) => convolutions.includes(kernel);
  const first = events.findIndex(isConvolution);
  return first < 0 ? [] : events.slice(first + 1, events.findLastIndex(isConvolution) + 1);
}

/** Sums conversions by kind and kernel, the most frequent first. */
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

/** Returns the number of times that each kernel ran programs of stock webgl, or stock cpu's code. */
export function stockKernelsOf(events: readonly KernelEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kernel, ran } of events) {
    if (ran === 'stock') counts[kernel] = (counts[kernel] ?? 0) + 1;
  }
  return counts;
}

/** Returns the fallbacks that were counted between two states of an engine's log. */
export function fallbacksBetween(
  before: readonly LadderStep[],
  after: readonly LadderStep[],
): LadderStep[] {
  const isSame = (a: LadderStep, b: LadderStep) =>
    a.kernel === b.kernel && a.from === b.from && a.to === b.to && a.reason === b.reason;
  return after.flatMap((step) => {
    const count = step.count - (before.find((old) => isSame(old, step))?.count ?? 0);
    return count > 0 ? [{ ...step, count }] : [];
  });
}

/** Formats counts by kernel, the most frequent first: `3 Concat, 1 Pad`; `none`. */
export function countText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return parts.length === 0 ? 'none' : parts.map(([name, count]) => `${count} ${name}`).join(', ');
}

/** Bytes of a texel of four floats. */
const texelBytes = 16;

/** Formats conversions with the bytes that they write: `untile 3 Concat (2.4 MB), tile 1 Conv2D (0.1 MB)`; `none`. */
export function conversionText(conversions: readonly Conversion[]): string {
  const parts = conversions.map(({ kind, kernel, count, texels }) => {
    const megabytes = (texels * texelBytes) / 1e6;
    return `${kind} ${count} ${kernel} (${megabytes.toFixed(megabytes < 0.1 ? 3 : 1)} MB)`;
  });
  return parts.length === 0 ? 'none' : parts.join(', ');
}
