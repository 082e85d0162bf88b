/**
 * Page that runs tfjs-core's own published tests on one backend. Options: `backend`; `grep`, which
 * selects the specs whose names contain it.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';
import jasmineRequire, { type SpecResult } from 'jasmine-core/lib/jasmine-core/jasmine.js';
import '../../../src/index.js';
import { postProgress, postResult } from '../../../scripts/lib/inPage/post.js';
import type { SpecFailure, SuiteResult } from '../results.js';

const options = new URLSearchParams(location.search);
const backend = options.get('backend') ?? 'tiled-webgl';
const grep = options.get('grep') ?? '';

const progressEveryMs = 5000;
const specTimeoutMs = 60_000;

/**
 * Flags that make every kernel run on the tested backend: stock webgl forwards no kernel to the CPU
 * and uploads no tensor as a uniform.
 */
const flags = {
  SOFTWARE_WEBGL_ENABLED: true,
  WEBGL_VERSION: 2,
  WEBGL_CPU_FORWARD: false,
  WEBGL_SIZE_UPLOAD_UNIFORM: 0,
};

/**
 * Text that Jasmine's environment adds inside every test name. Removing it makes names comparable
 * across backends.
 */
const envInName = ` ${backend} ${JSON.stringify(flags)}`;

const pureName = (fullName: string) => fullName.replace(envInName, '');

const jasmine = jasmineRequire.core(jasmineRequire);
jasmine.DEFAULT_TIMEOUT_INTERVAL = specTimeoutMs;
const env = jasmine.getEnv({ suppressLoadErrors: true });
Object.assign(globalThis, jasmineRequire.interface(jasmine, env));

env.configure({ random: false, specFilter: (spec) => pureName(spec.getFullName()).includes(grep) });

let passed = 0;
let skipped = 0;
let lastProgress = performance.now();
const failures: SpecFailure[] = [];

function addFailure({ fullName, failedExpectations }: SpecResult): void {
  const failure = {
    name: pureName(fullName),
    messages: failedExpectations.map(({ message }) => message),
  };
  failures.push(failure);
  postProgress(`FAILED ${failure.name}\n  ${failure.messages.join('\n  ')}`);
}

env.addReporter({
  specDone(result) {
    if (result.status === 'passed') passed++;
    if (result.status === 'pending') skipped++;
    if (result.status === 'failed') addFailure(result);
    if (performance.now() - lastProgress > progressEveryMs) {
      lastProgress = performance.now();
      postProgress(`${passed} passed, ${failures.length} failed ...`);
    }
  },
  // Catches failures outside a spec, for instance in beforeAll.
  suiteDone(result) {
    if (result.failedExpectations.length > 0) addFailure(result);
  },
  jasmineDone() {
    const { userAgent } = navigator;
    const result: SuiteResult = { backend, grep, userAgent, passed, skipped, failures };
    postResult(result);
  },
});

// The tests read these environments while their modules load. Some tests use the environment's name
// as the backend's name.
setTestEnvs([{ name: backend, backendName: backend, isDataSync: true, flags }]);
import('@tensorflow/tfjs-core/dist/tests').then(() => env.execute());
