/** Tests of the sentence with which the report of `npm start` begins. */
import { expect } from 'chai';
import { choiceText, reasonText } from '../../../../scripts/start/choice.js';
import type { ModelRun } from '../../../../scripts/start/results.js';

/** Returns a run of a model with ratios by backend. */
const runOf = (model: string, ratios: Record<string, number>) =>
  ({
    choice: { engine: 'cpu', reason: 'the renderer is a program on the CPU' },
    rows: Object.entries(ratios).map(([backend, ratio]) => ({ backend, ratio })),
    view: { model },
  }) as ModelRun;

describe('npm start: the choice of tiled', () => {
  it('is named with its speed on each model, and its reason', () => {
    const runs = [
      runOf('one', { webgl: 1, 'tiled-webgl': 3, 'tiled-cpu': 25.9 }),
      runOf('two', { webgl: 1, 'tiled-cpu': 9.294 }),
    ];
    expect(choiceText(runs)).to.equal(
      'Here tiled chooses tiled-cpu, 25.90x as fast as stock webgl on one, 9.29x on two.',
    );
    expect(reasonText(runs)).to.equal('The reason: the renderer is a program on the CPU.');
  });

  it('is named without a speed where it ran no model', () => {
    expect(choiceText([runOf('one', { webgl: 1 })])).to.equal('Here tiled chooses tiled-cpu.');
  });
});
