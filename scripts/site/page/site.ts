/** Script of every page of the website: buttons that copy code, and the start of the demo. */
import { toElement } from '../../lib/inPage/element.js';
import { h } from '../../report/html.js';

/** Milliseconds for which a button says that it has copied. */
const SAID_MS = 2000;

async function copy(text: string, code: Element): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages without a secure context have no clipboard: select the code, for the user to copy.
    getSelection()?.selectAllChildren(code);
    throw new Error('selected');
  }
}

for (const box of document.querySelectorAll('.code[data-copy]')) {
  const code = box.querySelector('code')!;
  const button = toElement(h('button', { type: 'button', class: 'copy' }, 'Copy'));
  button.addEventListener('click', async () => {
    const said = await copy(code.innerText, code).then(
      () => 'Copied',
      () => 'Selected',
    );
    button.textContent = said;
    setTimeout(() => {
      button.textContent = 'Copy';
    }, SAID_MS);
  });
  box.append(button);
}

const run = document.querySelector<HTMLButtonElement>('#demo-run');
if (run !== null) {
  run.disabled = false;
  const load = () => {
    run.disabled = true;
    const script = document.createElement('script');
    // Beside this page, so that it also loads where the page is a file.
    script.src = 'demo.js';
    script.onerror = () => {
      document.querySelector('#demo')!.textContent = 'demo.js did not load.';
    };
    document.head.append(script);
  };
  // From then on the demo's own script listens.
  run.addEventListener('click', load, { once: true });
}
