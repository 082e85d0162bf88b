/** The generated part of a document about a run over whole nets. */
import { netColumn } from '../bench/report/netColumns.js';
import { type Column, ratio } from '../report/table.js';
import { netRatio, opponents } from './headlines.js';
import { markdownRows, paragraphs } from './markdown.js';
import type { NetFigures } from './netFigures.js';
import { runText } from './provenance.js';

type NetLine = NetFigures['rows'][number];
type NetColumn = Column<NetLine>;

/** Returns the column of one backend. */
function ofOne({ rows }: NetFigures, backend: string, [head, cell]: NetColumn): Column<string> {
  return [
    head,
    (net) => {
      const row = rows.find((line) => line.net === net && line.backend === backend);
      return row === undefined ? '-' : cell(row);
    },
  ];
}

/** Returns the column of several backends, whose figures share a cell. */
function ofAll(figures: NetFigures, backends: readonly string[], column: NetColumn) {
  const columns = backends.map((name) => ofOne(figures, name, column));
  return [column[0], (net) => columns.map(([, cell]) => cell(net)).join(' / ')] as Column<string>;
}

export function netBlock(figures: NetFigures): string {
  const { backend, rows, from } = figures;
  const nets = [...new Set(rows.map(({ net }) => net))];
  const others = opponents(figures);
  const shared = (column: NetColumn) => ofAll(figures, [backend, ...others], column);
  const columns: Column<string>[] = [
    ['net', (net) => net],
    ...others.map(
      (name): Column<string> => [
        others.length === 1 ? 'ratio' : `ratio to ${name}`,
        (net) => ratio(netRatio(figures, net, name)),
      ],
    ),
    ...[netColumn.median, netColumn.first, netColumn.programs].map(shared),
    ofOne(figures, backend, netColumn.between),
    shared(netColumn.peak),
    ofOne(figures, backend, netColumn.maxRel),
  ];
  // A CPU engine has no programs and no memory of a GPU.
  const used = columns.filter(([, cell]) => nets.some((net) => !/^[-/ ]+$/.test(cell(net))));
  return paragraphs(
    runText(from),
    `Where a cell has several figures, they are those of ${[backend, ...others].join(' / ')}.`,
    markdownRows(used, nets),
  );
}
