/** Table of the faults that a soak injects, one row each. */
import type { Moments, Product, Refusal } from './product.js';

/** A model that takes part in a turn. */
export interface Player {
  /** Smallest number of draws in one of its predictions so far. */
  readonly draws: number;
  /** Disposes of the model and loads it again. */
  reload(): Promise<void>;
  /**
   * Makes a prediction and judges the outcome.
   * @param may returns the names of the errors in which the prediction may end; called once it has
   *     ended in an error. By default, no error is allowed.
   */
  predict(may?: () => readonly string[], moments?: Moments): Promise<void>;
}

export interface Scene {
  readonly product: Product;
  /** All models. The fault hits the first; the second predicts meanwhile if two models do. */
  readonly players: readonly Player[];
  /** Returns a random whole number from 0 to count - 1. */
  below(count: number): number;
  /** Makes the context be lost. */
  lose(): void;
  /** Adds a note to the report of a failure. */
  note(what: string): void;
}

interface Mishap {
  /** True if kernels may fall back because of the fault, which changes last bits. */
  readonly mayStepDown: boolean;
  /** Number of contexts that the backend may give up because of the fault. */
  readonly mayGiveUp: 0 | 1;
  /** Injects the fault; returns `true` if it took effect. */
  happen(scene: Scene): Promise<boolean>;
}

const moments = ['idle', 'input', 'drawing', 'reading'] as const;

type Moment = (typeof moments)[number];

/** Names of the errors that a context loss may cause for results on the GPU. */
const lostErrors = ['ContextLostError', 'TensorLostError'];

/** Begins a prediction, and waits until its outputs are being read. */
async function begun(player: Player, may: () => readonly string[]) {
  let ended = Promise.resolve();
  await new Promise<void>((reading) => {
    ended = player.predict(may, { reading });
    // The outputs of a prediction that fails are never read.
    ended.then(reading);
  });
  return { ended };
}

/**
 * Loses the context at a moment of a prediction. Values on the CPU are restored automatically, so
 * only a prediction that is drawing or being read may end in an error.
 * @param isBeside true if another model's outputs are being read meanwhile
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
  const hooks = moment === 'input' || moment === 'reading' ? { [moment]: strike } : {};
  const hasDrawn = moment === 'drawing' || moment === 'reading';
  await struck.predict(hasDrawn ? may : undefined, hooks);
  callOff();
  for (const { ended } of inFlight) await ended;
  return isLost;
}

/** Loses a context under a lowered byte limit, which must make no difference. */
async function limited(scene: Scene, bytes: number): Promise<boolean> {
  const { product, players, below } = scene;
  product.limitMemory(bytes);
  await players[0].predict();
  const isLost = await loss(scene, moments[below(moments.length)]);
  for (const player of players.slice(0, 2)) await player.predict();
  product.limitMemory(-1);
  return isLost;
}

/** Number of textures that every prediction creates if there are none to reuse. */
const SOME_TEXTURES = 20;

/** Makes some calls, or all from one on, fail for lack of memory, until the prediction ends. */
async function refused(scene: Scene, how: Refusal, errors: readonly string[]): Promise<boolean> {
  const { product, players, below, lose, note } = scene;
  const isNew = below(2) === 0;
  // Both ways force new textures, after which the backend checks for GL errors.
  if (isNew) lose();
  else product.shrink();
  const after = below(how === 'no memory for a draw' ? players[0].draws : SOME_TEXTURES);
  const count = below(4) === 0 ? Infinity : 1 + below(8);
  note(`${count} after ${after}${isNew ? ', in a new context' : ''}`);
  const refusal = product.refuse(how, after, count);
  await players[0].predict(() => (refusal.refused() > 0 ? errors : []));
  refusal.end();
  return refusal.refused() > 0;
}

/** Disposes and reloads a model while its outputs are being read; may lose the context first. */
async function reloaded({ players, below, lose, note }: Scene): Promise<boolean> {
  const isLost = below(2) === 0;
  const { ended } = await begun(players[0], () => (isLost ? lostErrors : []));
  if (isLost) lose();
  if (isLost) note('with its context');
  await players[0].reload();
  await ended;
  return true;
}

/** Flags of a fault that causes no fallback and no lost context except the provoked ones. */
const asEver = { mayStepDown: false, mayGiveUp: 0 } as const;

const losing = (moment: Moment, isBeside = false): Mishap => ({
  ...asEver,
  happen: (scene) => loss(scene, moment, isBeside),
});
const limiting = (bytes: number): Mishap => ({
  ...asEver,
  happen: (scene) => limited(scene, bytes),
});
const refusing = (how: Refusal): Mishap => ({
  mayStepDown: true,
  mayGiveUp: 0,
  happen: (scene) => refused(scene, how, ['OutOfMemory']),
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
    ...asEver,
    happen: async (scene) => (await loss(scene, 'drawing')) && (await loss(scene, 'drawing')),
  },
  'no bytes kept': limiting(0),
  '1 MB kept': limiting(1e6),
  '30 MB kept': limiting(3e7),
  'no texture': refusing('no texture'),
  'no memory for a texture': refusing('no memory for a texture'),
  'no memory for a draw': {
    mayStepDown: true,
    // The backend cannot know which values are wrong, so it may give up the context.
    mayGiveUp: 1,
    happen: (scene) => refused(scene, 'no memory for a draw', lostErrors),
  },
  reload: { ...asEver, happen: reloaded },
} as const satisfies Record<string, Mishap>;

export type MishapName = keyof typeof mishaps;

export const mishapNames = Object.keys(mishaps) as MishapName[];
