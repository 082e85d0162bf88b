/** Tests of `--captured`: cases computed from recordings that were made with other values. */

import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../src/index.js';
import { captured } from '../../../../scripts/validator/command/captured.js';
import { runIds } from '../../../../scripts/validator/command/runIds.js';
import {
  type CaseResult,
  type Compute,
  caseId,
  coreGrid,
  validate,
} from '../../../../src/validator/index.js';

describe('validate: --captured', () => {
  it('finds every case of the core grid right on tiled-cpu', async () => {
    const results: CaseResult[] = [];
    const onResult = (result: CaseResult) => void results.push(result);
    const ids = coreGrid().map(caseId);
    const run = { backend: 'tiled-cpu', reference: [], ids, variant: '', isCaptured: true };
    await runIds(run, { onResult });
    expect(results).to.have.length(ids.length);
    expect(results.filter(({ verdict }) => verdict !== 'pass')).to.deep.equal([]);
  });

  it('finds a recording that takes values of the example for constants', async () => {
    const [first] = coreGrid();
    const prepare = async (compute: Compute, example: tf.Tensor) => {
      const y = tf.tidy(() => compute(example));
      return { compute: () => tf.clone(y), dispose: () => y.dispose() };
    };
    const [{ verdict, message }] = await validate({
      backend: 'tiled-cpu',
      cases: [first],
      prepare,
    });
    expect(verdict, message).to.equal('backendWrong');
  });

  it('finds what is not recorded, and leaves nothing of it', async () => {
    await tf.setBackend('tiled-cpu');
    const example = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
    const { numTensors } = tf.memory();
    const compute: Compute = (x) => tf.tidy(() => tf.add(x, tf.randomUniform([1])));
    const error = await captured(compute, example).catch((reason: Error) => reason);
    expect(error)
      .to.have.property('message')
      .that.matches(/^capture\(\) does not record it: .*random/);
    expect(tf.memory().numTensors).to.equal(numTensors);
    example.dispose();
  });
});
