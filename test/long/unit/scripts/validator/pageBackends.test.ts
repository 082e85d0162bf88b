/** Tests of backends that the validator's page loads on request: stock's, and a user's own. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { root } from '../../../../../scripts/lib/root.js';
import { pageFixture } from '../../../../support/pageFixture.js';

const id = 'conv2d:in=1x5x5x2;f=3x3x2x4;stride=1;pad=same;dil=1;fmt=NHWC;seed=1';

/**
 * Returns a script that copies stock cpu under another name; `tf` is its import of tfjs or empty.
 */
const copyOfCpu = (name: string, tf: string) => `${tf}
tf.registerBackend('${name}', () => new tf.MathBackendCPU());
for (const kernel of tf.getKernelsForBackend('cpu')) {
  tf.registerKernel({ ...kernel, backendName: '${name}' });
}`;

describe("backends of the validator's page", () => {
  const pages = join(root, 'dist', 'pages');
  const at = pageFixture({
    flags: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
    prepare: () => ({
      folder: pages,
      files: {
        '/mine.js': Buffer.from(copyOfCpu('mine', "import * as tf from '@tensorflow/tfjs-core';")),
        '/none.js': Buffer.from('export const nothing = 0;'),
      },
    }),
  });

  const status = (text: RegExp) => at.page.locator('#status').filter({ hasText: text }).waitFor();
  const openRun = (where: string, backend: string) =>
    at.page.goto(`${where}?q=${id}&reference=cpu&${backend}`);
  const passes = async () => {
    await status(/^Finished: 1 results, none wrong/);
    return at.page.locator('.headline').innerText();
  };

  /** Addresses of the page; openBare() opens one of them, and expects no backend to be loaded. */
  const places = () => [`${at.origin}/validator.html`, `${pathToFileURL(pages)}/validator.html`];
  const asked: string[] = [];
  const openBare = async (place: string) => {
    at.page.on('request', (request) => asked.push(request.url()));
    await at.page.goto(place);
    expect(asked.filter((url) => url.includes('backend-'))).to.deep.equal([]);
  };

  it('loads wasm when it is chosen, from a server and from a file', async () => {
    for (const place of places()) {
      await openBare(place);
      await openRun(place, 'backend=wasm');
      expect(await passes()).to.match(/^✓ wasm is within/);
      asked.length = 0;
    }
  });

  it('loads webgpu when it is chosen, where the browser has it', async () => {
    await openBare(places()[0]);
    await openRun(places()[0], 'backend=webgpu');
    await status(/^Finished: 1 results, none wrong|"webgpu" does not start on this device/);
    expect(asked.some((url) => url.endsWith('/backend-webgpu.js'))).to.equal(true);
    asked.length = 0;
  });

  it('says which file is missing', async () => {
    for (const name of ['validator.html', 'validator.js']) {
      copyFileSync(join(pages, name), join(at.folder, name));
    }
    await openRun(String(pathToFileURL(join(at.folder, 'validator.html'))), 'backend=wasm');
    await status(/backend wasm .*backend-wasm\.js did not load.*dist\/pages/);
  });

  it('takes a script from its address', async () => {
    await openRun(`${at.origin}/validator.html`, 'module=mine.js');
    expect(await passes()).to.match(/^✓ mine is within/);
    await at.page.getByRole('button', { name: id }).click();
    const link = await at.page.getByRole('dialog').getByRole('link').getAttribute('href');
    expect(new URLSearchParams(link!).get('module')).to.equal('mine.js');
    expect(new URLSearchParams(link!).get('backend')).to.equal('mine');
  });

  it('takes a script from a file', async () => {
    const path = join(at.folder, 'yours.js');
    writeFileSync(path, copyOfCpu('yours', ''));
    await at.page.goto(`${pathToFileURL(pages)}/validator.html`);
    await at.page.getByLabel('Add a backend').setInputFiles(path);
    await status(/^yours\.js adds yours\.$/);
    await at.page.fill('[name=q]', id);
    await at.page.keyboard.press('Enter');
    expect(await passes()).to.match(/^✓ yours is within/);
  });

  it('says what is wrong with a script', async () => {
    const wrong = [
      ['module=none.js', /^none\.js registers no backend/],
      ['module=nosuch.js', /^nosuch\.js did not load/],
      ['module=mine.js&backend=other', /^backend=other is unknown; mine\.js registers mine$/],
    ] as const;
    for (const [query, message] of wrong) {
      await openRun(`${at.origin}/validator.html`, query);
      await status(message);
    }
  });
});
