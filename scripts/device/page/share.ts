/** Ways to hand over the report: copy, download, share. */
import { toElement } from '../../lib/inPage/element.js';
import { copy, download } from '../../lib/inPage/handOver.js';
import { h } from '../../report/html.js';
import { type DeviceReport, fileName, reportText } from '../results.js';

function fileOf(report: DeviceReport): File {
  return new File([reportText(report)], fileName(report), { type: 'application/json' });
}

/** Returns the data to share: a file if the browser shares such files, else text; null if neither. */
function sharedOf(report: DeviceReport): ShareData | null {
  if (navigator.share === undefined) return null;
  const title = 'tfjs-backend-tiled device report';
  const file = { title, files: [fileOf(report)] };
  if (navigator.canShare?.(file)) return file;
  const text = { title, text: reportText(report) };
  return navigator.canShare === undefined || navigator.canShare(text) ? text : null;
}

/**
 * Creates the buttons.
 * @param say shows what came of a click
 */
export function shareButtons(report: DeviceReport, say: (text: string) => void): HTMLElement {
  const button = (label: string, done: string, act: () => unknown, name?: string) => {
    const onclick = async () => {
      try {
        await act();
        say(done);
      } catch (error) {
        // A user who closes the sheet of the system wants nothing.
        if ((error as Error).name !== 'AbortError') say(`${label}: ${(error as Error).message}`);
      }
    };
    return h('button', { type: 'button', class: name, onclick }, label);
  };
  const shared = sharedOf(report);
  const main = shared === null ? 'download' : 'share';
  return toElement(
    h(
      'div',
      { class: 'row' },
      shared === null ? null : button('Share', 'Shared.', () => navigator.share(shared), 'primary'),
      button(
        'Download JSON',
        `Downloaded ${fileName(report)}.`,
        () => download(fileOf(report)),
        main === 'download' ? 'primary' : undefined,
      ),
      button('Copy JSON', 'Copied.', () => copy(reportText(report))),
    ),
  );
}
