/**
 * The validator page, on whatever device opens it. Options in its URL: `backend`, `reference`
 * (comma-separated names), `grid`, `q` (a case's id or a pattern, run at once), `variant` ('all' or
 * a name), `module` (the URL of a script that registers a backend), `autorun=1`. A saved report is
 * the same page with its run embedded in the element #report.
 */
import { toElement } from '../../lib/inPage/element.js';
import { h } from '../../report/html.js';
import { initialSetup, readAddress } from './address.js';
import { makeApp } from './app.js';
import { backends } from './backends.js';
import { readReport } from './report.js';
import { pageStyle } from './style.js';

document.head.append(toElement(h('style', {}, pageStyle)));

function address(): ReturnType<typeof readAddress> & { fault?: string } {
  try {
    return readAddress(location.search);
  } catch (error) {
    return { setup: initialSetup, autorun: false, fault: (error as Error).message };
  }
}

const { setup, autorun, fault } = address();
const embedded = document.getElementById('report')?.textContent;
const report = embedded ? readReport(embedded) : null;
// A report preselects its own backend, unless the URL sets options.
const own = backends.find((name) => name === report?.device.backend);
const app = makeApp(own && location.search === '' ? { ...setup, backend: own } : setup);
document.body.append(app.element);

if (report !== null) app.show(report, 'report');

async function begin(): Promise<void> {
  if (fault !== undefined) return app.say(fault, true);
  const { module } = setup;
  if (module !== '' && !(await app.add(module, module))) return;
  if (autorun) app.start();
}

begin();
