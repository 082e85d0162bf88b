/** The log of an engine's work, for tiledInfo(). */

/** One fallback: variant -> next variant -> stock webgl kernel -> cpu kernel. */
export interface LadderStep {
  readonly kernel: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** Number of times this fallback happened. */
  readonly count: number;
}

/** Kinds of conversion: stock layout -> tiles, tiles -> stock layout, tiles -> other tiles. */
export type ConversionKind = 'tile' | 'untile' | 'retile';

/** Conversions of one kind that one kernel requested. */
export interface Conversion {
  readonly kind: ConversionKind;
  /** The tfjs kernel that was running; `noKernel` if a tensor was read. */
  readonly kernel: string;
  readonly count: number;
  /** Number of RGBA texels written by all these conversions. */
  readonly texels: number;
}

/** Name under which conversions for reads are counted. */
export const noKernel = 'read';

export class EngineLog {
  private readonly moved = new Map<string, { -readonly [K in keyof Conversion]: Conversion[K] }>();
  private readonly runs: Record<string, Record<string, number>> = {};
  private readonly fusions: Record<string, number> = {};
  private readonly steps = new Map<string, { step: Omit<LadderStep, 'count'>; count: number }>();

  countVariant(kernel: string, variant: string): void {
    this.runs[kernel] ??= {};
    this.runs[kernel][variant] = (this.runs[kernel][variant] ?? 0) + 1;
  }

  /** @param kernel the tfjs kernel that requested the conversion, or `noKernel` */
  countConversion(kind: ConversionKind, kernel: string, texels: number): void {
    const key = `${kind} ${kernel}`;
    const known = this.moved.get(key);
    if (known === undefined) {
      this.moved.set(key, { kind, kernel, count: 1, texels });
      return;
    }
    known.count++;
    known.texels += texels;
  }

  /** Records a fallback; the first of its kind also warns on the console. */
  stepDown(kernel: string, from: string, to: string, reason: string): void {
    const key = `${kernel}|${from}|${to}|${reason}`;
    const known = this.steps.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    this.steps.set(key, { step: { kernel, from, to, reason }, count: 1 });
    console.warn(`tiled: ${kernel} uses ${to} instead of ${from}: ${reason}`);
  }

  /** Counts a draw of one program that computes several kernels, by their names: 'Conv2D + Relu'. */
  countFused(names: string): void {
    this.fusions[names] = (this.fusions[names] ?? 0) + 1;
  }

  /** Draws by the kernels that one program computed, such as 'Conv2D + Relu'. */
  fused(): Record<string, number> {
    return { ...this.fusions };
  }

  /** Returns the number of runs by kernel and variant. */
  variants(): Record<string, Record<string, number>> {
    return structuredClone(this.runs);
  }

  conversions(): Conversion[] {
    return [...this.moved.values()].map((conversion) => ({ ...conversion }));
  }

  ladder(): LadderStep[] {
    return [...this.steps.values()].map(({ step, count }) => ({ ...step, count }));
  }
}
