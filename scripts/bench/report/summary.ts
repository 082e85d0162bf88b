/** Summaries of many rows: ratios by class of layer, and the quality of the choice of variants. */

import { geometricMean } from '../../report/statistics.js';
import type { Layer } from '../layers.js';
import type { BenchRow, ChoiceSummary, RatioSummary, VariantRow } from '../results.js';

const isFilter = ({ kernel, filterHeight, filterWidth }: Layer, height: number, width: number) =>
  kernel === 'conv2d' && filterHeight === height && filterWidth === width;

/** Minimum number of input channels, and of output channels, of a wide 3x3 layer. */
const wide = 64;

/** Predicates of the layer classes, by name. A wide 3x3 layer belongs to both 3x3 classes. */
export const layerClasses: Readonly<Record<string, (layer: Layer) => boolean>> = {
  '3x3': (layer) => isFilter(layer, 3, 3),
  [`3x3, ${wide}+ channels`]: (layer) =>
    isFilter(layer, 3, 3) && layer.inChannels >= wide && layer.outChannels >= wide,
  '1x1': (layer) => isFilter(layer, 1, 1),
  other: (layer) => layer.kernel === 'conv2d' && !isFilter(layer, 3, 3) && !isFilter(layer, 1, 1),
  depthwise: (layer) => layer.kernel === 'depthwise',
};

type Ratio = Pick<BenchRow, 'id' | 'ratio' | 'ok'>;

/** Summarizes the ratios of the rows that agree. */
export function ratioSummary(rows: readonly Ratio[]): RatioSummary {
  const good = rows.filter(({ ok, ratio }) => ok && ratio !== null);
  if (good.length === 0) return { count: 0, geomean: null, worst: null, worstId: null };
  const ratios = good.map(({ ratio }) => ratio as number);
  const worst = Math.min(...ratios);
  return {
    count: good.length,
    geomean: geometricMean(ratios),
    worst,
    worstId: good[ratios.indexOf(worst)].id,
  };
}

/** Returns a summary for each class that contains a row's layer. */
export function classSummaries(
  rows: readonly Ratio[],
  layers: readonly Layer[],
): Record<string, RatioSummary> {
  const ids = Object.entries(layerClasses).map(([name, belongs]) => {
    const members = layers.filter(belongs).map(({ id }) => id);
    return [name, rows.filter(({ id }) => members.includes(id))] as const;
  });
  return Object.fromEntries(
    ids
      .filter(([, ofClass]) => ofClass.length > 0)
      .map(([name, ofClass]) => [name, ratioSummary(ofClass)]),
  );
}

/** Returns the variant with the best time, and the chosen variant's time relative to it. */
export function judgeChoice(
  chosen: string | null,
  ms: Readonly<Record<string, number>>,
): Pick<VariantRow, 'best' | 'chosenToBest'> {
  const names = Object.keys(ms);
  if (names.length === 0) return { best: null, chosenToBest: null };
  const best = names.reduce((a, b) => (ms[b] < ms[a] ? b : a));
  const isTimed = chosen !== null && Object.hasOwn(ms, chosen);
  return { best, chosenToBest: isTimed ? ms[chosen] / ms[best] : null };
}

export function choiceSummary(rows: readonly Pick<VariantRow, 'chosenToBest'>[]): ChoiceSummary {
  const ratios = rows.flatMap(({ chosenToBest }) => chosenToBest ?? []);
  if (ratios.length === 0) return { count: 0, within10: null, within25: null, geomean: null };
  const within = (limit: number) => ratios.filter((ratio) => ratio <= limit).length / ratios.length;
  return {
    count: ratios.length,
    within10: within(1.1),
    within25: within(1.25),
    geomean: geometricMean(ratios),
  };
}
