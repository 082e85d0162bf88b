/** What a soak sees of what it tests: a backend, and models that run on it. */

/** Counts of what is held, by what it is. */
export type Holdings = Readonly<Record<string, number>>;

/** What a device does that has no memory left: createTexture gives null, or there is an error. */
export type Refusal = 'no texture' | 'no memory for a texture' | 'no memory for a draw';

export interface Product {
  /** What is held between predictions. */
  holdings(): Holdings;
  /** What is held when nothing is kept for reuse and the garbage has been collected. */
  bareHoldings(): Promise<Holdings>;
  /** The JavaScript heap after a collection, in MiB; null where the browser does not tell. */
  heap(): Promise<number | null>;
  /** Contexts that the backend says it has lost. */
  losses(): number;
  /** Steps that it has taken down the ladder, by what they were. */
  steps(): Holdings;
  /** The most GPU memory that was allocated, in bytes. */
  peakGpuBytes(): number;
  /** Draws so far, in all contexts. */
  draws(): number;
  /** @throws Error where the context is lost already */
  loseContext(): void;
  /** Calls `then` ahead of the k-th draw from now on. Gives what calls that off. */
  atDraw(k: number, then: () => void): () => void;
  /** Lets calls of a kind fail from now on, `count` of them after the first `after`. */
  refuse(how: Refusal, after: number, count: number): { refused(): number; end(): void };
  /** Lets the backend keep so many bytes on the GPU; -1 for no limit. */
  limitMemory(bytes: number): void;
  /** Lets it give up what it keeps for reuse, so that predictions need new textures. */
  shrink(): void;
}

export type Values = ArrayLike<number>;

/** Called while a prediction is made. */
export interface Moments {
  /** The input is there, and no kernel has run. */
  input?(): void;
  /** Every output is being read. */
  reading?(): void;
}

export interface Model {
  /** Each output; leaves nothing behind, whatever happens. */
  predict(input: Float32Array, moments?: Moments): Promise<Values[]>;
  /** Copies of all weights, as they are read now. */
  weights(): Promise<Values[]>;
  dispose(): void;
}

/** An input and the reference's answer. */
export interface Known {
  readonly input: Float32Array;
  readonly outputs: readonly Values[];
}

export interface Subject {
  readonly name: string;
  readonly known: readonly Known[];
  load(): Promise<Model>;
}
