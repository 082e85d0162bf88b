/** Correct product for a soak, with models of a few numbers, and the faults that can change it. */
import type { Model, Moments, Product, Subject } from '../../soak/product.js';

const DRAWS = 7;
const TEXTURES = 20;

/** Whole state of the product; a fault writes to it. */
export interface Works {
  /** Weights by model; the last weight has no effect on the answers. */
  weights: Float32Array[];
  /** Factor by which all answers are multiplied. */
  factor: number;
  losses: number;
  held: Record<string, number>;
  /** Counts that show only when nothing is kept for reuse. */
  hidden: Record<string, number>;
  steps: Record<string, number>;
  heap: number | null;
  limit: number;
}

export interface Fault {
  /** Runs when a context has been lost and the next one exists. */
  onLoss?(works: Works): void;
  /** Runs when a prediction begins; it may throw. */
  onPredict?(works: Works, count: number): void;
  /** Runs when a texture is refused; by default the prediction falls back. */
  onRefusal?(works: Works): void;
  /** Returns the result of a read whose context is lost; by default a ContextLostError. */
  onLostRead?(): Promise<Float32Array>;
  /** Runs when a prediction through a capture begins. */
  onReplay?(works: Works): void;
  /** True if a capture that is disposed of keeps its memory. */
  readonly keepsRecordings?: boolean;
  /** Reason why nothing is recorded; by default everything is. */
  readonly refusal?: string;
  /** Error thrown at a draw in a lost context. */
  readonly drawError?: Error;
  /** Runs when a model is disposed of. */
  onDispose?(works: Works): void;
}

export function named(name: string, message = 'on purpose'): Error {
  return Object.assign(new Error(message), { name });
}

const initial = [
  [0.5, -2, 3],
  [1.25, 0.1, 7],
  [-3, 0.7, 9],
];

/** Returns a model's answer to two numbers. */
const answerOf = ([a, b]: Float32Array, x: Float32Array): Float32Array =>
  Float32Array.of(a * x[0] + b * x[1], a - b);

export function plantedProduct(fault: Fault = {}): {
  product: Product;
  subjects: Subject[];
} {
  const works: Works = {
    weights: [],
    factor: 1,
    losses: 0,
    held: { tensors: 0, 'bytes on the GPU': 0, recordings: 0 },
    hidden: { contexts: 1 },
    steps: {},
    heap: 10,
    limit: -1,
  };
  let context = { isLost: false };
  let draws = 0;
  let predictions = 0;
  let strike = { at: 0, happen: () => {} };
  const nothing = { of: '', after: 0, count: 0, asked: 0, refused: 0 };
  let refusal = nothing;

  function recover(): void {
    if (!context.isLost) return;
    context = { isLost: false };
    works.losses++;
    fault.onLoss?.(works);
  }

  function isRefused(what: 'texture' | 'draw'): boolean {
    const { of, after, count, refused } = refusal;
    if (!of.endsWith(what) || refusal.asked++ < after || refused >= count) return false;
    refusal.refused++;
    return true;
  }

  function texture(): void {
    if (!isRefused('texture')) return;
    if (fault.onRefusal) fault.onRefusal(works);
    else works.steps.texture = (works.steps.texture ?? 0) + 1;
  }

  function draw(own: typeof context): void {
    if (++draws === strike.at) strike.happen();
    // The cause is unknown then, so the context counts as lost.
    if (isRefused('draw')) own.isLost = true;
    if (own.isLost) throw fault.drawError ?? named('ContextLostError');
  }

  async function predict(of: number, x: Float32Array, on: Moments = {}): Promise<Float32Array[]> {
    on.input?.();
    recover();
    fault.onPredict?.(works, predictions++);
    recover();
    const own = context;
    for (let i = 0; i < TEXTURES; i++) texture();
    for (let i = 0; i < DRAWS; i++) draw(own);
    const y = answerOf(works.weights[of], x).map((value) => value * works.factor);
    const read = (async () => {
      for (let i = 0; i < 5; i++) await null;
      if (!own.isLost) return y;
      if (fault.onLostRead) return fault.onLostRead();
      throw named('ContextLostError');
    })();
    on.reading?.();
    return [await read];
  }

  async function load(of: number): Promise<Model> {
    works.weights[of] = Float32Array.from(initial[of]);
    works.held.tensors += 3;
    works.held['bytes on the GPU'] += 12;
    return {
      predict: (input, moments) => predict(of, input, moments),
      async capture() {
        let replays = 0;
        works.held.recordings = (works.held.recordings ?? 0) + 1;
        return {
          predict(input, moments) {
            replays++;
            fault.onReplay?.(works);
            return predict(of, input, moments);
          },
          get info() {
            const reason = fault.refusal ?? null;
            const captured = reason === null;
            return { captured, reason, replays: captured ? replays : 0, eager: 4, dropped: {} };
          },
          dispose() {
            if (!fault.keepsRecordings) works.held.recordings--;
          },
        };
      },
      weights: async () => [works.weights[of].slice()],
      dispose() {
        works.held.tensors -= 3;
        works.held['bytes on the GPU'] -= 12;
        fault.onDispose?.(works);
      },
    };
  }

  const subjects = initial.map((weights, of) => ({
    name: `model ${of}`,
    known: [Float32Array.of(1, 2), Float32Array.of(-5, 0.25)].map((input) => ({
      input,
      outputs: [answerOf(Float32Array.from(weights), input)],
    })),
    load: () => load(of),
  }));
  const product: Product = {
    holdings: () => ({ ...works.held }),
    bareHoldings: async () => ({ ...works.held, ...works.hidden }),
    heap: async () => works.heap,
    losses: () => works.losses,
    steps: () => ({ ...works.steps }),
    peakGpuBytes: () => 100,
    draws: () => draws,
    loseContext() {
      if (context.isLost) throw new Error('the context was lost before it was taken away');
      context.isLost = true;
    },
    atDraw(k, then) {
      strike = { at: draws + k, happen: then };
      return () => {
        strike = { at: 0, happen: then };
      };
    },
    refuse(how, after, count) {
      const own = { of: how, after, count, asked: 0, refused: 0 };
      refusal = own;
      return {
        refused: () => own.refused,
        end: () => {
          refusal = nothing;
        },
      };
    },
    limitMemory(bytes) {
      works.limit = bytes;
    },
    shrink() {},
  };
  return { product, subjects };
}
