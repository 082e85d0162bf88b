/** A run of the validator as one self-contained HTML text: the validator's page with its data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ValidationReport, writeJson } from '../../../src/validator/index.js';
import { Failure } from '../../lib/errors.js';
import { root } from '../../lib/root.js';
import { h, toHTML } from '../../report/html.js';

const scriptTag = toHTML(h('script', { src: 'validator.js' }));

function built(name: string): string {
  try {
    return readFileSync(join(root, 'dist', 'pages', name), 'utf8');
  } catch {
    throw new Failure(`dist/pages/${name} is not there: build it with \`npm run build\`.`);
  }
}

/**
 * Escapes JavaScript so that no HTML parser ends its script element early. The added backslash has
 * no effect in strings and patterns.
 */
function insideScript(code: string): string {
  return code.replace(/\n\/\/# sourceMappingURL=.*/, '').replace(/<(\/script|!--)/gi, '<\\$1');
}

/**
 * Returns the validator's page with a report embedded: filters, heat map and table work as in the
 * page, and a reader can run its cases again on their device.
 * @throws Failure if the page is not built
 */
export function validatorReport(report: ValidationReport): string {
  const data = writeJson(report).replaceAll('<', '\\u003c');
  const inlined = [
    h('script', { type: 'application/json', id: 'report' }, data),
    h('script', {}, insideScript(built('validator.js'))),
  ];
  return built('validator.html').replace(scriptTag, () => inlined.map(toHTML).join('\n'));
}
