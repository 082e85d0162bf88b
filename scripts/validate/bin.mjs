#!/usr/bin/env node
/** `tfjs-conv-validate`: the validator's command in the installed package, which is already built. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = new URL('../../dist/scripts/validate.js', import.meta.url);

async function run() {
  if (!existsSync(fileURLToPath(script)))
    throw new Error('the package is not built: npm run build');
  const { main } = await import(script.href);
  return main(process.argv.slice(2), 'npx tfjs-conv-validate');
}

try {
  process.exitCode = await run();
} catch (error) {
  const missing = /Cannot find package '([^']+)'/.exec(error.message)?.[1];
  const message = missing
    ? `tfjs-conv-validate needs ${missing}: npm install ${missing}`
    : error.message;
  process.stderr.write(`${message}\n`);
  process.exitCode = error.name === 'UsageError' ? 2 : 1;
}
