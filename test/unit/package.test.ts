/** Tests of the built package in its own Node process, imported by name. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import { patienceMs } from '../../scripts/lib/patience.js';
import { root } from '../../scripts/lib/root.js';

const program = `
  import * as tf from '@tensorflow/tfjs-core';
  import { tiledInfo } from 'tfjs-backend-tiled';
  tf.env().set('IS_TEST', true);
  await tf.setBackend('tiled');
  const x = tf.ones([1, 5, 5, 8]);
  const y = tf.relu(tf.conv2d(x, tf.ones([3, 3, 8, 8]), 1, 'same'));
  const { engine, reason, variants, build } = tiledInfo();
  const first = (await y.data())[0];
  console.log(JSON.stringify({ backend: tf.getBackend(), engine, reason, variants, build, first }));
`;

function runInNode(flags: string[], text = program) {
  const args = [...flags, '--input-type=module', '--eval', text];
  const options = { cwd: root, encoding: 'utf8', timeout: patienceMs } as const;
  return JSON.parse(execFileSync(process.execPath, args, options));
}

const threaded = `
  import * as tf from '@tensorflow/tfjs-core';
  import { tiledInfo } from 'tfjs-backend-tiled';
  tf.env().set('IS_TEST', true);
  tf.env().set('TILED_CPU_THREADS', 2);
  await tf.setBackend('tiled-cpu');
  const predict = async () => {
    const y = tf.tidy(() => tf.softmax(tf.relu(tf.ones([300, 250]))));
    const [first] = await y.data();
    y.dispose();
    return first;
  };
  await predict();
  while (tiledInfo().threads.reason === 'workers are loading') await new Promise(setImmediate);
  const several = await Promise.all([predict(), predict(), predict()]);
  const held = process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name));
  console.log(JSON.stringify({ ...tiledInfo().threads, several, held, left: tf.memory().numTensors }));
`;

describe('the package in Node', () => {
  it('computes on the CPU with SIMD and says why', () => {
    const { variants, build, ...rest } = runInNode([]);
    expect(rest).to.deep.equal({
      backend: 'tiled',
      engine: 'cpu',
      reason: 'there is no browser, so no WebGL2',
      first: 32,
    });
    expect(build.name).to.match(/^(relaxed-)?simd$/);
    expect(variants.Conv2D).to.deep.equal({ [build.name]: 1 });
  });

  it('computes without WebAssembly where that is not allowed', () => {
    const { variants, build, first } = runInNode(['--jitless']);
    expect(build).to.deep.equal({ name: 'plain', reason: 'there is no WebAssembly here' });
    expect(variants).to.deep.equal({ Conv2D: { plain: 1 } });
    expect(first).to.equal(32);
  });

  it('predicts in threads, and ends while workers wait for work', () => {
    const { count, several, held, left } = runInNode([], threaded);
    expect(count).to.equal(Math.min(2, availableParallelism()));
    expect(several).to.deep.equal([1, 1, 1].map(() => Math.fround(1 / 250)));
    expect({ held, left }).to.deep.equal({ held: [], left: 0 });
  });
});
