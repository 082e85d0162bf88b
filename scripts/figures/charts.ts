/** The charts: for each suite and backend, its speed on each layer or net in every run that has rows. */
import { type Chart, mostSeries } from './chart.js';
import type { Figures, Runs } from './files.js';
import { netRatio, opponents } from './headlines.js';

/** The ratios of one run to one backend, by layer or net. */
interface Series {
  chart: string;
  name: string;
  ratios: Map<string, number | null>;
}

function seriesOf(figures: Figures): Series[] {
  const { suite, backend, from } = figures;
  const chart = `${suite}-${backend}`;
  if (figures.suite === 'layers') {
    // Tuned layers are another contest.
    if (figures.tuned) return [];
    const { vs, rows } = figures;
    return Object.keys(vs).map((against) => {
      const good = rows.filter((row) => row.vs === against && row.ok);
      const ratios = new Map(good.map(({ id, ratio }) => [id, ratio]));
      return { chart, name: `${against} (${from.ranOn})`, ratios };
    });
  }
  const nets = [...new Set(figures.rows.map(({ net }) => net))];
  return opponents(figures).map((against) => {
    const ratios = new Map(nets.map((net) => [net, netRatio(figures, net, against)]));
    return { chart, name: `${against} (${from.ranOn})`, ratios };
  });
}

/** Returns the charts by name; null for one whose runs have no rows. */
export function charts(runs: Runs): Map<string, Chart | null> {
  const all = [...runs.values()].flatMap(seriesOf);
  const names = [...new Set(all.map(({ chart }) => chart))];
  return new Map(
    names.map((name) => {
      const drawn = all.filter(({ chart, ratios }) => chart === name && ratios.size > 0);
      if (drawn.length === 0) return [name, null];
      const series = drawn.slice(0, mostSeries);
      const labels = [...new Set(series.flatMap(({ ratios }) => [...ratios.keys()]))];
      const [suite] = name.split('-');
      return [
        name,
        {
          title: `${name.slice(suite.length + 1)}, ${suite}: times the speed of`,
          series: series.map((one) => one.name),
          rows: labels.map((label) => ({
            label,
            values: series.map(({ ratios }) => ratios.get(label) ?? null),
          })),
        },
      ];
    }),
  );
}
