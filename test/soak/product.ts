/** Interfaces of the backend under test, and of the models that run on it. */

/** Number of held resources by kind. */
export type Holdings = Readonly<Record<string, number>>;

/** Behaviour of a device without free memory: createTexture returns null, or GL has an error. */
export type Refusal = 'no texture' | 'no memory for a texture' | 'no memory for a draw';

export interface Product {
  /** Returns the resources that are held between predictions. */
  holdings(): Holdings;
  /** Returns the resources that are held once reuse pools are empty and garbage is collected. */
  bareHoldings(): Promise<Holdings>;
  /** Returns the MiB of the JavaScript heap after a collection; null if the browser cannot tell. */
  heap(): Promise<number | null>;
  /** Returns the number of contexts that the backend reports as lost. */
  losses(): number;
  /** Returns the number of fallbacks by description. */
  steps(): Holdings;
  /** Returns the peak number of bytes of allocated GPU memory. */
  peakGpuBytes(): number;
  /** Returns the number of draws so far, in all contexts. */
  draws(): number;
  /**
   * Loses the context.
   * @throws Error if the context is lost already
   */
  loseContext(): void;
  /** Calls `then` before the k-th draw from now on. Returns a function that cancels this. */
  atDraw(k: number, then: () => void): () => void;
  /** Makes calls of a kind fail from now on: `count` of them, after the first `after` calls. */
  refuse(how: Refusal, after: number, count: number): { refused(): number; end(): void };
  /** Limits the bytes that the backend keeps on the GPU; -1 removes the limit. */
  limitMemory(bytes: number): void;
  /** Makes the backend free the textures that it keeps for reuse, so predictions need new ones. */
  shrink(): void;
}

export type Values = ArrayLike<number>;

/** Callbacks during a prediction. */
export interface Moments {
  /** Called once the input exists and before any kernel runs. */
  input?(): void;
  /** Called once every output is being read. */
  reading?(): void;
}

/** Counts of captured predictions, as capture() reports them. */
export interface Replays {
  readonly captured: boolean;
  readonly reason: string | null;
  readonly replays: number;
  readonly eager: number;
  /** Number of recordings that were given up, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** A model whose predictions are recorded and made again. */
export interface CapturedModel {
  predict(input: Float32Array, moments?: Moments): Promise<Values[]>;
  readonly info: Replays;
  /** Gives up the recordings; the model itself stays. */
  dispose(): void;
}

export interface Model {
  /** Returns each output. Leaves no tensor behind, even if it fails. */
  predict(input: Float32Array, moments?: Moments): Promise<Values[]>;
  /** Captures the model with an input. */
  capture(input: Float32Array): Promise<CapturedModel>;
  /** Reads all weights now and returns copies. */
  weights(): Promise<Values[]>;
  dispose(): void;
}

/** An input and the reference answer to it. */
export interface Known {
  readonly input: Float32Array;
  readonly outputs: readonly Values[];
}

export interface Subject {
  readonly name: string;
  readonly known: readonly Known[];
  load(): Promise<Model>;
}
