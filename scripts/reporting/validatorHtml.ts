/** A run of the validator as one self-contained HTML text: the validator's page with its data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ValidationReport, writeJson } from '../../src/validator/index.js';
import { Failure } from '../lib/errors.js';
import { root } from '../lib/root.js';

const scriptTag = '<script src="validator.js"></script>';

function built(name: string): string {
  try {
    return readFileSync(join(root, 'dist', 'pages', name), 'utf8');
  } catch {
    throw new Failure(`dist/pages/${name} is not there: build it with \`npm run build\`.`);
  }
}

/** JavaScript that no HTML parser ends early: in strings and patterns the backslash is idle. */
function insideScript(code: string): string {
  return code.replace(/\n\/\/# sourceMappingURL=.*/, '').replace(/<(\/script|!--)/gi, '<\\$1');
}

/**
 * The page of the validator with a report inside: filters, heat map and table as in the page, and
 * whoever opens the file can run its cases again on their device.
 * @throws Failure where the page is not built
 */
export function validatorReport(report: ValidationReport): string {
  const data = writeJson(report).replaceAll('<', '\\u003c');
  const inlined = `<script type="application/json" id="report">${data}</script>
<script>${insideScript(built('validator.js'))}</script>`;
  return built('validator.html').replace(scriptTag, () => inlined);
}
