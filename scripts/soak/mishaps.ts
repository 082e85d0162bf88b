/** Everything that befalls a backend in a soak: one row of the table for each. */
import type { Moments, Product, Refusal } from './product.js';

/** A model in a turn. */
export interface Player {
  /** The fewest draws that a prediction of it took. */
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
  /** Contexts that the backend may give up for it. */
  readonly mayGiveUp: 0 | 1;
  /** Gives whether it struck. */
  happen(scene: Scene): Promise<boolean>;
}

const moments = ['idle', 'input', 'drawing', 'reading'] as const;

type Moment = (typeof moments)[number];

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
  const hooks = moment === 'input' || moment === 'reading' ? { [moment]: strike } : {};
  const hasDrawn = moment === 'drawing' || moment === 'reading';
  await struck.predict(hasDrawn ? may : undefined, hooks);
  callOff();
  for (const { ended } of inFlight) await ended;
  return isLost;
}

/** The byte limit is lowered, and a context goes under it: that must make no difference. */
async function limited(scene: Scene, bytes: number): Promise<boolean> {
  const { product, players, below } = scene;
  product.limitMemory(bytes);
  await players[0].predict();
  const isLost = await loss(scene, moments[below(moments.length)]);
  for (const player of players.slice(0, 2)) await player.predict();
  product.limitMemory(-1);
  return isLost;
}

/** Of those that every prediction makes that finds none. */
const SOME_TEXTURES = 20;

/** Some calls fail for want of memory, or all from one on; it is there again afterwards. */
async function refused(scene: Scene, how: Refusal, errors: readonly string[]): Promise<boolean> {
  const { product, players, below, lose, note } = scene;
  const isNew = below(2) === 0;
  // Either way textures are made, so that the device is asked for errors.
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

/** A model goes while it is being read, and is loaded again; before that, the context may go too. */
async function reloaded({ players, below, lose, note }: Scene): Promise<boolean> {
  const isLost = below(2) === 0;
  const { ended } = await begun(players[0], () => (isLost ? lostErrors : []));
  if (isLost) lose();
  if (isLost) note('with its context');
  await players[0].reload();
  await ended;
  return true;
}

/** Its kernels run as ever, in every context but those that were taken away. */
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
    // Nobody knows which values are wrong then.
    mayGiveUp: 1,
    happen: (scene) => refused(scene, 'no memory for a draw', lostErrors),
  },
  reload: { ...asEver, happen: reloaded },
} as const satisfies Record<string, Mishap>;

export type MishapName = keyof typeof mishaps;

export const mishapNames = Object.keys(mishaps) as MishapName[];
