/**
 * Page that makes the WebGL calls of a short program fail, one at a time. Options: `program`, its
 * name; `kind`, the name of the kind of fault; `first` and `last`, the range of calls to make fail, counted from 1.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '../../../src/index.js';
import { describeDevice } from '../../../scripts/lib/inPage/device.js';
import { postProgress, postResult } from '../../../scripts/lib/inPage/post.js';
import type { PageError } from '../../../scripts/report/page.js';
import { countCalls, type FaultResult, tryFault } from '../../../scripts/webgl/faultProgram.js';
import { faultKinds, programNames } from '../../../scripts/webgl/faults.js';
import type { FaultsPageResult } from '../results.js';

const options = new URLSearchParams(location.search);
const name = options.get('kind') ?? faultKinds[0].name;
const program = programNames.find((known) => known === options.get('program')) ?? 'eager';
const first = Number(options.get('first') ?? 1);
const last = Number(options.get('last') ?? Number.POSITIVE_INFINITY);

async function run(): Promise<FaultsPageResult> {
  tf.env().set('SOFTWARE_WEBGL_ENABLED', true);
  const kind = faultKinds.find((known) => known.name === name);
  if (kind === undefined) throw new Error(`there is no kind of fault "${name}"`);
  const results: FaultResult[] = [];
  const calls = await countCalls(kind, program);
  for (let k = first; k <= Math.min(calls, last); k++) {
    const line = `${name}, ${program}: call ${k} of ${calls}`;
    document.body.textContent = line;
    await postProgress(line);
    results.push(await tryFault(kind, k, program));
  }
  return { device: describeDevice(), calls, results };
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
