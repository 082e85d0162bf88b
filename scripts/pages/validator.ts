/**
 * The validator on whatever device opens the page. Options in its URL: `backend`, `reference`
 * (names, comma between), `grid`, `q` (a case's id or a pattern, run at once), `variant` ('all' or
 * a name), `autorun=1`. A report has the run it shows in the element #report.
 */
import { initialSetup, readAddress } from './validator/address.js';
import { makeApp } from './validator/app.js';
import { h } from './validator/dom.js';
import { readReport } from './validator/report.js';
import { pageStyle } from './validator/style.js';

document.head.append(h('style', {}, pageStyle));

function address(): ReturnType<typeof readAddress> & { fault?: string } {
  try {
    return readAddress(location.search);
  } catch (error) {
    return { setup: initialSetup, autorun: false, fault: (error as Error).message };
  }
}

const { setup, autorun, fault } = address();
const app = makeApp(setup);
document.body.append(app.element);

const embedded = document.getElementById('report')?.textContent;
if (embedded) app.show(readReport(embedded), 'report');
if (fault !== undefined) app.say(fault, true);
else if (autorun) app.start();
