/** The report's view of each backend's output for the picture. */
import { tiledInfo } from '../../../src/index.js';
import type { ModelInfo } from '../../models/table.js';
import { difference } from '../../report/statistics.js';
import type { ModelView, Outcome } from '../results.js';
import { findFaces } from './faces.js';
import { type Pixels, toDataUrl } from './picture.js';
import type { Session } from './session.js';

/** Returns the largest power of ten that scales no difference above white. */
function amplificationFor(maxAbs: number, white: number): number {
  return maxAbs === 0 ? 1 : 10 ** Math.max(0, Math.floor(Math.log10(white / maxAbs)));
}

/** Converts an output [1, height, width, 3] with values from 0 to `white`. */
function toPixels({ outputs }: Session, values: Float32Array, white: number): Pixels {
  const [, height, width] = outputs[0].shape;
  return { width, height, values: values.map((value) => (value * 255) / white) };
}

async function pictureOutcome(
  session: Session,
  stock: Session,
  { white }: ModelInfo,
  amplification: number,
): Promise<Outcome> {
  const { backend } = session;
  const [{ values }] = session.outputs;
  const [{ values: expected }] = stock.outputs;
  const distance = values.map((value, i) => amplification * Math.abs(value - expected[i]));
  const pixels = toPixels(session, values, white);
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
  const largest = sessions.map(
    ({ outputs }) => difference(outputs[0].values, stock.outputs[0].values).maxAbs ?? 0,
  );
  const amplification = amplificationFor(Math.max(...largest), info.white);
  // Before the search for faces, which runs another net.
  const counts = account(sessions);
  const outcomes: Outcome[] = [];
  for (const session of sessions) {
    outcomes.push(
      info.output === 'picture'
        ? await pictureOutcome(session, stock, info, amplification)
        : { backend: session.backend, faces: await findFaces(session, input) },
    );
  }
  return {
    model: info.name,
    input: await toDataUrl(input),
    side: input.width,
    amplification,
    outcomes,
    ...counts,
  };
}
