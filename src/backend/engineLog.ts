/** What an engine did, for tiledInfo(). */

/** One step down the ladder: variant -> next variant -> stock webgl kernel -> cpu kernel. */
export interface LadderStep {
  readonly kernel: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** How often it was taken. */
  readonly count: number;
}

export class EngineLog {
  private readonly runs: Record<string, Record<string, number>> = {};
  private readonly steps = new Map<string, { step: Omit<LadderStep, 'count'>; count: number }>();

  countVariant(kernel: string, variant: string): void {
    this.runs[kernel] ??= {};
    this.runs[kernel][variant] = (this.runs[kernel][variant] ?? 0) + 1;
  }

  /** Records a step; the first of its kind is also a warning on the console. */
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

  /** Runs by kernel and variant. */
  variants(): Record<string, Record<string, number>> {
    return structuredClone(this.runs);
  }

  ladder(): LadderStep[] {
    return [...this.steps.values()].map(({ step, count }) => ({ ...step, count }));
  }
}
