/** The filters over heat map and table: verdicts as chips with their counts, family and text. */
import { type CaseResult, familyNames, outcomeOf } from '../../../src/validator/index.js';
import { toElement } from '../../lib/inPage/element.js';
import { h, type Tree } from '../../report/html.js';
import { redraw, select } from './dom.js';
import { look } from './heatView.js';
import type { Filter, Row, VerdictFilter } from './rows.js';
import { verdictNames, verdicts } from './verdicts.js';

type VerdictName = keyof typeof verdicts;

export interface FilterBar {
  readonly element: Tree;
  /**
   * Updates the counts from the current run; `rows` tells which verdicts changed between two runs.
   */
  update(cases: readonly CaseResult[], rows: readonly Row[], filter: Filter): void;
}

export function makeFilterBar(
  filter: Filter,
  onFilter: (part: Partial<Filter>) => void,
): FilterBar {
  const chips = toElement(h('div', { class: 'chips', role: 'group', 'aria-label': 'Verdict' }));
  const families: [string, string][] = [
    ['', 'all families'],
    ...familyNames.map((name): [string, string] => [name, name]),
  ];
  const family = select('Family', families, filter.family, (value) => onFilter({ family: value }));
  const oninput = () => onFilter({ text: text.value });
  const text = toElement(
    h('input', { type: 'search', name: 'text', placeholder: 'f=3x3 NCHW …', oninput }),
  );
  const chip = (name: VerdictFilter, label: string, count: number, chosen: VerdictFilter) => {
    const mark =
      name in verdicts
        ? h(
            'span',
            { class: `mark ${look(name as VerdictName, 0.05)}`, 'aria-hidden': 'true' },
            verdicts[name as VerdictName].glyph,
          )
        : null;
    return h(
      'button',
      {
        type: 'button',
        'data-key': name,
        'aria-pressed': String(name === chosen),
        onclick: () => onFilter({ verdict: name === chosen ? 'all' : name }),
      },
      mark,
      `${count} ${label}`,
    );
  };
  return {
    element: h(
      'div',
      {},
      chips,
      h(
        'div',
        { class: 'row', style: 'margin-top:.8rem' },
        family.element,
        h(
          'label',
          { class: 'field wide' },
          h('span', {}, 'Text in the id, the variant or the message'),
          text,
        ),
      ),
    ),
    update: (cases, rows, { verdict: chosen }) => {
      const counts = new Map<string, number>();
      for (const result of cases) {
        const outcome = outcomeOf(result);
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }
      const changed = rows.filter((row) => row.changed).length;
      const isCompared = rows.some((row) => row.results.length > 1);
      redraw(
        chips,
        ...(isCompared ? [chip('changed', 'changed', changed, chosen)] : []),
        chip('all', 'all', cases.length, chosen),
        ...verdictNames
          .filter((name) => name === chosen || (counts.get(name) ?? 0) > 0)
          .map((name) => chip(name, verdicts[name].label, counts.get(name) ?? 0, chosen)),
      );
    },
  };
}
