/** The soak: models on one backend, with an injected fault in every turn. */
import { type HeapSample, heapFault, heapTrend } from './heap.js';
import { answerAll, inPeace, playTurn } from './play.js';
import { type Seated, seat } from './player.js';
import type { Product, Subject } from './product.js';
import type { Soaked } from './result.js';
import { expectHoldings, fail, newStage, type Stage } from './stage.js';
import { faultsSoFar, progressText } from './tally.js';
import { roundLength, turnAt } from './turns.js';

const PROGRESS_MS = 5000;

export interface SoakOptions {
  readonly seed: number;
  /** Returns the milliseconds until turns stop; the first round is completed in any case. */
  msLeft(): number;
  /** Called with each progress message. */
  say(line: string): unknown;
  /** Milliseconds after which a prediction counts as hung. */
  readonly hangMs: number;
}

/** Runs turns until the time is over or something is wrong. */
export async function soak(
  product: Product,
  subjects: readonly Subject[],
  { seed, msLeft, say, hangMs }: SoakOptions,
): Promise<Soaked> {
  const stage = newStage(product, hangMs);
  const { tally } = stage;
  const isWell = () => faultsSoFar(tally) === 0;
  const empty = product.holdings();
  const players: Seated[] = [];
  for (const subject of subjects) players.push(await seat(subject, stage));
  for (const player of players) await player.begin();
  // Only from the second predictions on is everything allocated that a prediction needs.
  await answerAll(players);
  const usual = { holdings: product.holdings(), steps: product.steps() };
  const bare = await product.bareHoldings();
  await inPeace(stage, players, usual);

  const heaps: HeapSample[] = [];
  let told = performance.now();
  for (let number = 0; isWell() && (number < roundLength || msLeft() > 0); number++) {
    await playTurn(stage, players, usual, turnAt(seed, number));
    stage.when = `after turn ${number}`;
    await noteHeap(stage, heaps);
    if (isWell() && (number + 1) % roundLength === 0) {
      expectHoldings(stage, await product.bareHoldings(), bare);
      await inPeace(stage, players, usual);
    }
    if (performance.now() - told < PROGRESS_MS) continue;
    told = performance.now();
    await say(progressText(tally, msLeft()));
  }
  if (!isWell()) return tally;

  stage.when = 'at the end';
  tally.heap = heapTrend(heaps);
  const growth = tally.heap && heapFault(tally.heap);
  if (growth !== null) tally.leaks.push(growth);
  for (const player of players) player.leave();
  expectHoldings(stage, product.holdings(), empty);
  return tally;
}

async function noteHeap(stage: Stage, heaps: HeapSample[]): Promise<void> {
  const mib = await stage.product.heap();
  if (mib === null) fail(stage, 'the browser does not tell the size of its heap');
  else heaps.push({ mib, losses: stage.product.losses() });
}
