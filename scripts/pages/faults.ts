/**
 * Lets every WebGL call of a short program fail, one at a time. Options: `kind`, the name of the
 * kind of fault.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '../../src/index.js';
import type { FaultsPageResult, PageError } from '../reporting/results.js';
import { countCalls, type FaultResult, tryFault } from '../webgl/faultProgram.js';
import { faultKinds } from '../webgl/faults.js';
import { describeDevice } from './lib/device.js';
import { postProgress, postResult } from './lib/post.js';

const options = new URLSearchParams(location.search);
const name = options.get('kind') ?? faultKinds[0].name;

async function run(): Promise<FaultsPageResult> {
  tf.env().set('SOFTWARE_WEBGL_ENABLED', true);
  const kind = faultKinds.find((known) => known.name === name);
  if (kind === undefined) throw new Error(`there is no kind of fault "${name}"`);
  const results: FaultResult[] = [];
  const calls = await countCalls(kind);
  for (let k = 1; k <= calls; k++) {
    const line = `${name}: call ${k} of ${calls}`;
    document.body.textContent = line;
    await postProgress(line);
    results.push(await tryFault(kind, k));
  }
  return { device: describeDevice(), results };
}

run()
  .catch((error: Error): PageError => {
    console.error(error);
    return { error: error.stack ?? error.message };
  })
  .then((result) => {
    document.body.textContent = JSON.stringify(result, null, 2);
    return postResult(result);
  });
