/** Tests of the validator's package as npm installs it into an empty folder: its command and library. */
import { join } from 'node:path';
import { expect } from 'chai';
import { declarePackageChecks, noticesOf } from '../../support/packageChecks.js';
import { type Consumer, installValidator, runNode } from '../../support/packedSupport.js';

const app = `
import * as tf from '@tensorflow/tfjs-core';
import { type CaseResult, caseId, grids, isFailure, parseCaseId, validate } from 'tfjs-conv-validate';

export async function failures(backend: string): Promise<string[]> {
  const cases = [...grids.core()].map(caseId).map(parseCaseId);
  const results: CaseResult[] = await validate({ backend, cases, reference: ['cpu'] });
  // @ts-expect-error: a case is no text
  const wrong = await validate({ backend, cases: ['conv2d:in=1x5x5x2'] });
  return results.filter(({ verdict }) => isFailure(verdict)).map(({ id }) => id + tf.version_core);
}
`;

/** Script that registers a backend: stock cpu, with a relu that is wrong above 1. */
const ownBackend = `
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { cut } from './cut.js';

tf.registerBackend('mine', () => new MathBackendCPU());
for (const kernel of tf.getKernelsForBackend('cpu')) {
  const isRelu = kernel.kernelName === 'Relu';
  tf.registerKernel({ ...kernel, backendName: 'mine', kernelFunc: isRelu ? cut(kernel) : kernel.kernelFunc });
}
`;

const cut = `
export const cut = ({ kernelFunc }) => (call) => {
  const { dataId, shape, dtype } = kernelFunc(call);
  const values = call.backend.readSync(dataId).map((value) => Math.min(value, 1));
  return call.backend.makeTensorInfo(shape, dtype, values);
};
`;

describe("the validator's package", function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);
  let consumer: Consumer;

  before(async () => {
    consumer = await installValidator();
    consumer.write({ 'mine/backend.js': ownBackend, 'mine/cut.js': cut });
  });
  after(() => consumer?.remove());

  /** Runs the installed command. */
  const validate = (...argv: string[]) =>
    runNode([join('node_modules', '.bin', 'tfjs-conv-validate'), ...argv], consumer.folder);

  it('judges stock cpu in Node', async () => {
    const { status, output } = await validate(
      ...['--browser', 'node', '--backend', 'cpu', '--grid', 'softmax'],
    );
    expect(status, output).to.equal(0);
    expect(output).to.match(/^(\d+)\/\1 cases, 0 unexpected/m);
  });

  it('judges the tiled engine that it brings, in Node and in a browser', async () => {
    const id = 'conv2d:in=1x5x5x2;f=3x3x2x4;stride=1;pad=same;dil=1;fmt=NHWC;seed=1';
    for (const place of ['node', 'swiftshader']) {
      const { status, output } = await validate('--browser', place, '--q', id);
      expect(status, output).to.equal(0);
      expect(output).to.match(/^verdict +pass$/m);
    }
  });

  it("finds the fault of a user's own backend, and says how to run its case again", async () => {
    const { status, output } = await validate(
      ...['--browser', 'node', '--module', 'mine/backend.js', '--backend', 'mine'],
      ...['--q', 'relu:*', '--json', 'relu.json'],
    );
    expect(status, output).to.equal(1);
    expect(output).to.match(/npx tfjs-conv-validate --module mine\/backend\.js --backend mine /);
  });

  it('has the library by import and by require', async () => {
    const use = `const id = 'softmax:in=2x3;axis=1;seed=1';
      require('@tensorflow/tfjs-backend-cpu');
      validator.validate({ backend: 'cpu', cases: [...validator.grids.softmax()].slice(0, 3) })
        .then((results) => console.log(JSON.stringify(results.map(({ verdict }) => verdict))));`;
    consumer.write({
      'app.mjs': `import { createRequire } from 'node:module';
        import * as validator from 'tfjs-conv-validate';
        const require = createRequire(import.meta.url);
        ${use}`,
      'app.cjs': `const validator = require('tfjs-conv-validate'); ${use}`,
    });
    for (const file of ['app.mjs', 'app.cjs']) {
      const flags = ['--no-experimental-require-module', file];
      const { status, output, stdout } = await runNode(flags, consumer.folder);
      expect(status, output).to.equal(0);
      expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).to.deep.equal(['pass', 'pass', 'pass']);
    }
  });

  it('has notices of the packages that are in its pages', () => {
    expect(noticesOf(consumer)).to.include.members([
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-core',
      'assemblyscript',
      'seedrandom',
    ]);
  });

  declarePackageChecks(app, () => consumer);
});
