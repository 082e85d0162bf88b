/** The report's view of each backend's output for the picture. */
import { tiledInfo } from '../../../src/index.js';
import type { ModelInfo } from '../../models/table.js';
import { difference } from '../../report/statistics.js';
import type { ModelView, Outcome } from '../results.js';
import { type Pixels, toDataUrl } from './picture.js';
import type { Session } from './session.js';

const shownClasses = 3;

/** Returns the largest power of ten that scales no difference above white. */
function amplificationFor(maxAbs: number, white: number): number {
  return maxAbs === 0 ? 1 : 10 ** Math.max(0, Math.floor(Math.log10(white / maxAbs)));
}

/** Returns the classes with the largest softmax of the logits. */
function topClasses(logits: Float32Array): Outcome['top'] {
  const largest = Math.max(...logits);
  const powers = [...logits].map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers
    .map((power, classIndex) => ({ classIndex, probability: power / sum }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, shownClasses);
}

/** Converts an output [1, height, width, 3] with values from 0 to `white`. */
function toPixels({ outputShape }: Session, values: Float32Array, white: number): Pixels {
  const [, height, width] = outputShape;
  return { width, height, values: values.map((value) => (value * 255) / white) };
}

async function pictureOutcome(
  session: Session,
  stock: Session,
  { white }: ModelInfo,
  amplification: number,
): Promise<Outcome> {
  const { backend, output } = session;
  const distance = output.map((value, i) => amplification * Math.abs(value - stock.output[i]));
  const pixels = toPixels(session, output, white);
  const { width, height } = pixels;
  return {
    backend,
    picture: { url: await toDataUrl(pixels), width, height },
    ...(session === stock
      ? {}
      : { difference: await toDataUrl(toPixels(session, distance, white)) }),
  };
}

/** Returns the engine's own counts for one run; empty if tiled-webgl did not start. */
function account(sessions: readonly Session[]): Pick<ModelView, 'variants' | 'ladder'> {
  const session = sessions.find(({ backend }) => backend === 'tiled-webgl');
  if (session === undefined) return { variants: [], ladder: [] };
  const { variants, ladder } = tiledInfo(session.backend);
  const runs = 1 + session.times.length;
  return {
    variants: Object.entries(variants).flatMap(([kernel, counts]) =>
      Object.entries(counts).map(([variant, count]) => ({ kernel, variant, count: count / runs })),
    ),
    ladder: ladder.map(({ kernel, from, to, reason }) => `${kernel}: ${to} for ${from}, ${reason}`),
  };
}

/** @param sessions the first is the reference that the others are compared with */
export async function makeView(
  info: ModelInfo,
  input: Pixels,
  sessions: readonly Session[],
): Promise<ModelView> {
  const [stock] = sessions;
  const largest = sessions.map(({ output }) => difference(output, stock.output).maxAbs ?? 0);
  const amplification = amplificationFor(Math.max(...largest), info.white);
  const outcomes: Outcome[] = [];
  for (const session of sessions) {
    outcomes.push(
      info.output === 'picture'
        ? await pictureOutcome(session, stock, info, amplification)
        : { backend: session.backend, top: topClasses(session.output) },
    );
  }
  return {
    model: info.name,
    input: await toDataUrl(input),
    side: input.width,
    amplification,
    outcomes,
    ...account(sessions),
  };
}
