#!/usr/bin/env node
/**
 * `tfjs-conv-validate`: the validator's command in the installed package, which is already built.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = new URL('../../dist/scripts/validate.js', import.meta.url);

/** Exit status if the command could not run; status 1 means that its run found a fault. */
const couldNotRun = 3;

async function run() {
  if (!existsSync(fileURLToPath(script))) {
    process.stderr.write('the package is not built: npm run build\n');
    return couldNotRun;
  }
  const { main } = await import(script.href);
  return main(process.argv.slice(2), 'npx tfjs-conv-validate');
}

try {
  process.exitCode = await run();
} catch (error) {
  const { exitStatus, message, stack } = error;
  const missing = /Cannot find package '([^']+)'/.exec(message)?.[1];
  const text = missing ? `tfjs-conv-validate needs ${missing}: npm install ${missing}` : message;
  process.stderr.write(`${missing || exitStatus ? text : stack}\n`);
  process.exitCode = exitStatus ?? couldNotRun;
}
