/** Everything that befalls a backend in a soak: one row of the table for each. */
import type { Moments, Product, Refusal } from './product.js';

/** A model in a turn. */
export interface Player {
  /** Draws that its last undisturbed prediction took. */
  readonly draws: number;
  /** Disposes of the model and loads it again. */
  reload(): Promise<void>;
  /**
   * Predicts, and has the outcome judged.
   * @param may names of the errors in which it may end, asked for when it has; none unless given
   */
  predict(may?: () => readonly string[], moments?: Moments): Promise<void>;
}

export interface Scene {
  readonly product: Product;
  /** All models; the first is struck, the second predicts at the same time where two do. */
  readonly players: readonly Player[];
  /** A whole number from 0 to count - 1. */
  below(count: number): number;
  /** Takes the context away. */
  lose(): void;
  /** For the report of a failure. */
  note(what: string): void;
}

interface Mishap {
  /** Whether kernels may step down the ladder for it, which changes last bits. */
  readonly mayStepDown: boolean;
  /** Gives whether it struck. */
  happen(scene: Scene): Promise<boolean>;
}

type Moment = 'idle' | 'input' | 'drawing' | 'reading';

/** What a loss does to results on the GPU. */
const lostErrors = ['ContextLostError', 'TensorLostError'];

/** Begins a prediction, and waits until it is being read. */
async function begun(player: Player, may: () => readonly string[]) {
  let ended = Promise.resolve();
  await new Promise<void>((reading) => {
    ended = player.predict(may, { reading });
    // A prediction that fails is never read.
    ended.then(reading);
  });
  return { ended };
}

/**
 * The context goes at a moment of a prediction. Values on the CPU come back by themselves, so that
 * nothing may end in an error but what was drawing, or was being read.
 * @param isBeside whether another model is being read meanwhile
 */
async function loss(scene: Scene, moment: Moment, isBeside = false): Promise<boolean> {
  const { product, players, below, lose, note } = scene;
  const [struck, other] = players;
  let isLost = false;
  const strike = () => {
    isLost = true;
    lose();
  };
  const may = () => (isLost ? lostErrors : []);
  const inFlight = isBeside ? [await begun(other, may)] : [];
  const k = moment === 'drawing' ? 1 + below(struck.draws) : 0;
  if (k > 0) note(`at draw ${k} of ${struck.draws}`);
  if (moment === 'idle') strike();
  const callOff = product.atDraw(k, strike);
  const moments = moment === 'input' || moment === 'reading' ? { [moment]: strike } : {};
  const hasDrawn = moment === 'drawing' || moment === 'reading';
  await struck.predict(hasDrawn ? may : undefined, moments);
  callOff();
  for (const { ended } of inFlight) await ended;
  return isLost;
}

/** The byte limit is lowered, and a context goes under it: predictions go on all the same. */
async function limited({ product, players, lose }: Scene, bytes: number): Promise<boolean> {
  product.limitMemory(bytes);
  await players[0].predict();
  lose();
  for (const player of players.slice(0, 2)) await player.predict();
  product.limitMemory(-1);
  return true;
}

/** Some textures are refused, or all from one on; memory is there again afterwards. */
async function refused(scene: Scene, how: Refusal): Promise<boolean> {
  const { product, players, below, note } = scene;
  product.shrink();
  const after = below(20);
  const count = below(4) === 0 ? Infinity : 1 + below(8);
  note(`${count} textures after ${after}`);
  const refusal = product.refuseTextures(how, after, count);
  await players[0].predict(() => (refusal.refused() > 0 ? ['OutOfMemory'] : []));
  refusal.end();
  // Filters were packed for other variants, and stay so until memory is short again.
  product.shrink();
  return refusal.refused() > 0;
}

const losing = (moment: Moment, isBeside = false): Mishap => ({
  mayStepDown: false,
  happen: (scene) => loss(scene, moment, isBeside),
});
const limiting = (bytes: number): Mishap => ({
  mayStepDown: false,
  happen: (scene) => limited(scene, bytes),
});
const refusing = (how: Refusal): Mishap => ({
  mayStepDown: true,
  happen: (scene) => refused(scene, how),
});

export const mishaps = {
  idle: losing('idle'),
  input: losing('input'),
  drawing: losing('drawing'),
  reading: losing('reading'),
  'input beside another': losing('input', true),
  'drawing beside another': losing('drawing', true),
  'two reading': losing('reading', true),
  'twice in a row': {
    mayStepDown: false,
    happen: async (scene) => (await loss(scene, 'drawing')) && (await loss(scene, 'drawing')),
  },
  'no bytes kept': limiting(0),
  '1 MB kept': limiting(1e6),
  '30 MB kept': limiting(3e7),
  'no texture': refusing('no texture'),
  'out of memory': refusing('out of memory'),
  reload: {
    mayStepDown: false,
    happen: async ({ players }) => {
      await players[0].reload();
      return true;
    },
  },
} as const satisfies Record<string, Mishap>;

export type MishapName = keyof typeof mishaps;

export const mishapNames = Object.keys(mishaps) as MishapName[];
