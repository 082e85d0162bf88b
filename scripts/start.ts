/** `npm start`: runs real models on a picture in a browser, on our backends and on stock's. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonOutput } from './lib/output.js';
import { root } from './lib/root.js';
import { reportHtml } from './start/html.js';
import { readStartOptions } from './start/options.js';
import type { ModelRun, StartResult } from './start/results.js';
import { runModel } from './start/runModel.js';
import { startText } from './start/text.js';
import { faultsOf } from './start/verdict.js';

function writeReport(runs: readonly ModelRun[]): void {
  mkdirSync(join(root, 'report'), { recursive: true });
  writeFileSync(join(root, 'report', 'index.html'), reportHtml(runs));
}

/** @returns 0: every tiled backend agrees with stock webgl, and no tensor leaked; otherwise 1 */
export async function main(argv: string[]): Promise<number> {
  const request = readStartOptions(argv);
  if (request === null) return 0;
  const { models, json } = request;
  const writeJson = json === undefined ? undefined : jsonOutput('--json', json);

  const runs: ModelRun[] = [];
  for (const model of models) runs.push(await runModel(model, request));
  const result: StartResult = {
    device: runs[0].device,
    choice: runs[0].choice,
    rows: runs.flatMap((run) => run.rows),
    missing: runs.flatMap((run) => run.missing),
  };
  writeJson?.(result);
  console.log(startText(runs));
  writeReport(runs);
  console.log('The pictures and bars: report/index.html');

  const faults = faultsOf(result);
  for (const fault of faults) console.log(`FAILED: ${fault}`);
  if (faults.length === 0) {
    console.log('Every tiled backend agrees with stock webgl; no tensor leaked.');
  }
  return faults.length === 0 ? 0 : 1;
}
