/**
 * Demo of the start page, loaded when the user asks for it: a net with seeded weights on stock tfjs and
 * on `tiled`, with their times and how well they agree.
 */
import { env, type Tensor } from '@tensorflow/tfjs-core';
import { tiledInfo } from '../../../src/index.js';
import { fractions, stream } from '../../../src/validator/random.js';
import { capturedSide } from '../../bench/sides.js';
import { endBackend, useBackend } from '../../lib/inPage/backends.js';
import { toNodes } from '../../lib/inPage/element.js';
import { mobileNetV3Small } from '../../models/zoo/mobileNetV3.js';
import { compare } from '../../ownModel/page/measure.js';
import type { OwnModelResult, SideRow } from '../../ownModel/results.js';
import { h } from '../../report/html.js';
import { htmlTable } from '../../report/markup.js';

const SIDE = 224;
/** Number of steady predictions of each side; the first ones are slow, because their JavaScript is not compiled. */
const ROUNDS = 11;
/** Largest difference to stock cpu, in parts of the largest value, that rounding explains. */
const AGREEMENT = 1e-3;
const name = 'MobileNetV3-small';
const shape = [1, SIDE, SIDE, 3];

const place = document.querySelector('#demo')!;
const button = document.querySelector<HTMLButtonElement>('#demo-run')!;

const show = (...children: Parameters<typeof toNodes>[0]) =>
  place.replaceChildren(...toNodes(children));

/** Returns the sides to compare on this device: stock's, and the engine that `tiled` chooses. */
async function chooseSides(): Promise<string[]> {
  await useBackend('tiled');
  const { engine } = tiledInfo('tiled');
  endBackend('tiled');
  const ours = `tiled-${engine}`;
  // A program on the CPU that draws is no match for wasm, which is the faster stock backend there.
  return ['cpu', 'wasm', ...(engine === 'webgl' ? ['webgl'] : []), ours, capturedSide(ours)];
}

const milliseconds = (ms: number) => `${Number(ms.toPrecision(3))} ms`;
const difference = (value: number | null) => (value === null ? '-' : value.toExponential(1));

const isStock = ({ side }: SideRow) => !side.startsWith('tiled');

/** Returns the side with the shortest steady prediction; undefined for none. */
const fastest = (rows: readonly SideRow[]): SideRow | undefined =>
  [...rows].sort((a, b) => a.medianMs - b.medianMs)[0];

/** Says how well the sides agree. */
function agreementOf({ rows, hasReference }: OwnModelResult): string {
  if (!hasReference) return 'Stock cpu, with which all are compared, did not run.';
  const worst = Math.max(...rows.map(({ maxRel }) => maxRel ?? Number.POSITIVE_INFINITY));
  return worst <= AGREEMENT
    ? `All agree with stock cpu within ${difference(worst)} of the largest value.`
    : `They differ from stock cpu by up to ${difference(worst)} of the largest value.`;
}

/** @throws Error if stock, or `tiled`, did not run at all */
function view(result: OwnModelResult) {
  const { rows, tiled, failures, device } = result;
  const missing = failures.map(({ side, reason }) => `${side} did not run: ${reason}`);
  const stock = fastest(rows.filter(isStock));
  const ours = fastest(rows.filter((row) => !isStock(row)));
  if (stock === undefined || ours === undefined) throw new Error(missing.join(' '));
  const renderer = tiled?.engine === 'webgl' ? ` Renderer: ${device.renderer}.` : '';
  const ratio = (row: SideRow) => `${(stock.medianMs / row.medianMs).toFixed(2)}x`;
  const cells = rows.map((row) => [
    isStock(row) ? `stock ${row.side}` : row.side,
    milliseconds(row.firstMs),
    milliseconds(row.medianMs),
    ratio(row),
    row.side === 'cpu' ? 'reference' : difference(row.maxRel),
  ]);
  const title = ['', 'first', 'steady', 'speed', 'difference'];
  return [
    h(
      'p',
      { class: 'verdict' },
      h('strong', {}, `${ours.side}: ${ratio(ours)}`),
      ` the speed of stock ${stock.side}, the fastest stock backend here. ${agreementOf(result)}`,
    ),
    htmlTable(title, cells, (row) => (isStock(rows[row]) ? undefined : 'ours')),
    h(
      'p',
      { class: 'soft' },
      `${name}, ${shape.join('x')}, ${ROUNDS} rounds, the median. tiled takes the engine ${tiled?.engine}: ` +
        `${tiled?.reason}.${renderer}`,
      missing.length === 0 ? null : ` ${missing.join(' ')}`,
    ),
  ];
}

async function run(): Promise<void> {
  button.disabled = true;
  try {
    // Nothing is to be measured for later visits.
    env().set('TILED_CALIBRATE', false);
    const input = { name: 'picture', shape, dtype: 'float32' as const };
    const values = fractions(stream(1, name), SIDE * SIDE * 3);
    const model = {
      ...{ name, format: 'layers' as const, weightBytes: 0, inputs: [] },
      async load() {
        const net = mobileNetV3Small();
        return { ...net, run: ([x]: Tensor[]) => net.run(x) };
      },
    };
    show(h('p', {}, 'starting ...'));
    const request = {
      ...{ model, sides: await chooseSides(), rounds: ROUNDS, kernels: false },
      inputs: [{ ...input, values }],
      facts: [{ ...input, from: 'random' as const }],
    };
    const result = await compare(request, {
      say: (line, done) =>
        show(h('p', {}, `${line} ...`), h('progress', { value: done, 'aria-label': 'progress' })),
      isStopped: () => false,
    });
    show(...view(result));
  } catch (error) {
    console.error(error);
    show(h('p', { class: 'fault' }, (error as Error).message));
  } finally {
    button.textContent = 'Run again';
    button.disabled = false;
  }
}

button.addEventListener('click', run);
run();
