/** One turn of a soak: injects a fault, after which everything must be as before. */
import { lossesFault, stepsTaken } from './judge.js';
import { mishaps } from './mishaps.js';
import type { Seated } from './player.js';
import type { Holdings } from './product.js';
import { below, expectHoldings, fail, type Stage } from './stage.js';
import { faultsSoFar, noteEvent } from './tally.js';
import { shuffled, type Turn } from './turns.js';

/** Resources that are held, and fallbacks that occur, without any injected fault. */
export interface Usual {
  readonly holdings: Holdings;
  readonly steps: Holdings;
}

/** Checks that every model answers as at first, weights are as loaded, and no kernel falls back. */
export async function inPeace(
  stage: Stage,
  players: readonly Seated[],
  usual: Usual,
): Promise<void> {
  const before = stage.product.steps();
  await answerAll(players);
  expectNoSteps(stage, before, usual);
}

export async function answerAll(players: readonly Seated[]): Promise<void> {
  for (const player of players) await player.predict();
  for (const player of players) await player.checkWeights();
}

/** Number of models that are captured in a turn: the one that the fault hits, and the one beside it. */
const CAPTURED = 2;

export async function playTurn(
  stage: Stage,
  players: readonly Seated[],
  usual: Usual,
  { number, mishap, captures, next }: Turn,
): Promise<void> {
  const { product, tally } = stage;
  const seats = shuffled(players, next);
  const name = `turn ${number} (${mishap})`;
  const faults = faultsSoFar(tally);
  const losses = tally.losses;
  Object.assign(stage, { when: name, notes: [], next });
  try {
    const noticed = product.losses();
    if (captures) {
      stage.notes.push('captured');
      for (const seat of seats.slice(0, CAPTURED)) await seat.capture();
    }
    await befall(stage, seats, usual, mishap);
    stage.when = `${name}, afterwards`;
    await inPeace(stage, seats, usual);
    for (const seat of seats) await seat.recover();
    for (const seat of seats) seat.endCapture();
    // Reload, because other variants, stock kernels or the kernels of a recording, whose input is on the
    // GPU, may have made copies of the weights, which are kept as long as the weights.
    const isCopied = mishaps[mishap].mayStepDown ? 1 : 0;
    const reloaded = seats.slice(0, captures ? CAPTURED : isCopied);
    for (const seat of reloaded) await seat.reload();
    if (reloaded.length > 0) await inPeace(stage, seats, usual);
    expectHoldings(stage, product.holdings(), usual.holdings);
    const fault = lossesFault(
      product.losses() - noticed,
      tally.losses - losses,
      mishaps[mishap].mayGiveUp,
    );
    if (fault !== null) fail(stage, fault);
  } catch (error) {
    fail(stage, String(error));
    for (const seat of seats) seat.endCapture();
  }
  if (faultsSoFar(tally) === faults) tally.survived += tally.losses - losses;
  tally.turns++;
  tally.peakGpuBytes = product.peakGpuBytes();
  const names = seats.map((seat) => seat.name);
  noteEvent(tally, [`${name}: ${names.join(', ')}`, ...stage.notes].join('; '));
}

async function befall(
  stage: Stage,
  players: readonly Seated[],
  usual: Usual,
  mishap: Turn['mishap'],
): Promise<void> {
  const { product, tally } = stage;
  const { mayStepDown, happen } = mishaps[mishap];
  const before = product.steps();
  stage.hasStepped = () => mayStepDown && stepsSince(stage, before, usual).length > 0;
  const hasStruck = await happen({
    product,
    players,
    below: (count) => below(stage, count),
    lose: () => {
      product.loseContext();
      tally.losses++;
    },
    note: (what) => stage.notes.push(what),
  });
  stage.hasStepped = () => false;
  if (hasStruck) tally.struck[mishap]++;
  if (!mayStepDown || !hasStruck) expectNoSteps(stage, before, usual);
}

function stepsSince({ product }: Stage, before: Holdings, usual: Usual): string[] {
  return stepsTaken(product.steps(), before, usual.steps);
}

function expectNoSteps(stage: Stage, before: Holdings, usual: Usual): void {
  const steps = stepsSince(stage, before, usual);
  if (steps.length > 0) fail(stage, `stepped down: ${steps.join('; ')}`);
}
