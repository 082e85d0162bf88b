/** The built package in a Node of its own, imported by its name. */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { root } from '../../scripts/lib/root.js';

const program = `
  import * as tf from '@tensorflow/tfjs-core';
  import { tiledInfo } from 'tfjs-backend-tiled';
  tf.env().set('IS_TEST', true);
  await tf.setBackend('tiled');
  const x = tf.ones([1, 5, 5, 8]);
  const y = tf.relu(tf.conv2d(x, tf.ones([3, 3, 8, 8]), 1, 'same'));
  const { engine, reason, variants } = tiledInfo();
  const first = (await y.data())[0];
  console.log(JSON.stringify({ backend: tf.getBackend(), engine, reason, variants, first }));
`;

function runInNode(flags: string[]) {
  const args = [...flags, '--input-type=module', '--eval', program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }));
}

describe('the package in Node', () => {
  it('computes on the CPU with SIMD and says why', function () {
    this.timeout(30_000);
    const { variants, ...rest } = runInNode([]);
    expect(rest).to.deep.equal({
      backend: 'tiled',
      engine: 'cpu',
      reason: 'there is no browser, so no WebGL2',
      first: 32,
    });
    expect(Object.keys(variants.Conv2D)[0]).to.match(/^(relaxed-)?simd$/);
  });

  it('computes without WebAssembly where that is not allowed', function () {
    this.timeout(30_000);
    const { variants, first } = runInNode(['--jitless']);
    expect(variants).to.deep.equal({ Conv2D: { plain: 1 } });
    expect(first).to.equal(32);
  });
});
