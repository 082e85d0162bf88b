/** Tests of the page that compares backends on a user's own model, in a real browser. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { root } from '../../../../../scripts/lib/root.js';
import { main } from '../../../../../scripts/own-model.js';
import type { OwnModelResult } from '../../../../../scripts/ownModel/results.js';
import { initialSettings } from '../../../../../scripts/ownModel/settings.js';
import { pageFixture } from '../../../../support/pageFixture.js';
import { quietly } from '../../../../support/quietly.js';
import { type Files, graphFiles, layersFiles } from '../../../../support/tinyModels.js';

const detector = 'node_modules/@mediapipe/face_detection/face_detection_short_range.tflite';

describe('page of a user’s own model', () => {
  const at = pageFixture({
    viewport: { width: 390, height: 844 },
    prepare: async (folder) => {
      expect(await quietly(() => main(['--out', folder]))).to.equal(0);
      const graph = Object.entries(graphFiles());
      const files = Object.fromEntries(graph.map(([name, bytes]) => [`/graph/${name}`, bytes]));
      return { folder, files };
    },
  });

  const open = (search = '?rounds=2') => at.page.goto(`${at.origin}/own-model.html${search}`);
  const compare = () => at.page.getByRole('button', { name: 'Compare' }).click();
  const status = (text: RegExp) => at.page.locator('#status').filter({ hasText: text }).waitFor();
  const fault = () => at.page.locator('#fault:not(:empty)').innerText();

  async function pick(files: Files): Promise<void> {
    const all = Object.entries(files).map(([name, buffer]) => ({
      ...{ name, buffer, mimeType: 'application/octet-stream' },
    }));
    await at.page.getByLabel('Choose files').setInputFiles(all);
  }

  async function drop(files: Files): Promise<void> {
    const all = Object.entries(files).map(([name, bytes]) => [name, [...bytes]] as const);
    const dataTransfer = await at.page.evaluateHandle((contents) => {
      const transfer = new DataTransfer();
      for (const [name, bytes] of contents) {
        transfer.items.add(new File([Uint8Array.from(bytes)], name));
      }
      return transfer;
    }, all);
    await at.page.locator('.drop').dispatchEvent('drop', { dataTransfer });
  }

  /** Waits for a result, and returns what the page downloads. */
  async function result(): Promise<OwnModelResult> {
    const save = at.page.getByRole('button', { name: 'Download JSON' });
    await save.waitFor();
    const [file] = await Promise.all([at.page.waitForEvent('download'), save.click()]);
    return JSON.parse(readFileSync(await file.path(), 'utf8'));
  }

  /** Expects that all sides took part, and agree with stock cpu. */
  function expectAgreement({ rows, failures, hasReference }: OwnModelResult, sides: string[]) {
    expect(failures).to.deep.equal([]);
    expect(hasReference).to.equal(true);
    expect(rows.map(({ side }) => side)).to.have.members(sides);
    for (const { side, maxRel, times, medianMs, firstMs } of rows) {
      expect(maxRel, side).to.be.within(0, 1e-5);
      expect(times.length, side).to.be.at.least(1);
      expect(Math.min(medianMs, firstMs), side).to.be.above(0);
    }
  }

  it('compares every backend on a graph model that is dropped', async () => {
    await open();
    await drop(graphFiles());
    await status(/graph model/);
    await at.page.getByLabel('image (float32, of ?x?x?x3)').fill('1x32x32x3');
    await compare();
    const compared = await result();
    expectAgreement(compared, [...initialSettings.sides]);
    expect(compared.inputs).to.deep.equal([
      { name: 'image', shape: [1, 32, 32, 3], dtype: 'float32', from: 'random' },
    ]);
    expect(compared.tiled).to.deep.include({ engine: 'cpu' });
    const tiled = compared.rows.find(({ side }) => side === 'tiled-webgl');
    expect(tiled?.account?.kernels.map(({ kernel }) => kernel).join()).to.include('Conv2D');
    expect(tiled?.account?.conversions.length).to.be.above(0);
    await at.page.getByText('All agree with stock cpu within').waitFor();
    const width = await at.page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).to.equal(390);
  });

  it('compares backends on a layers model, twice, and on a .tflite', async () => {
    const sides = ['cpu', 'wasm', 'tiled-cpu', 'tiled-cpu captured'];
    await open(`?rounds=1&kernels=0&backends=${sides}`);
    await pick(await layersFiles());
    await status(/layers model/);
    for (let i = 0; i < 2; i++) {
      await compare();
      const { outputs, ...compared } = await result();
      expectAgreement({ outputs, ...compared }, sides);
      expect(outputs).to.deep.equal([5]);
    }
    await pick({ 'face.tflite': readFileSync(join(root, detector)) });
    await status(/TensorFlow Lite/);
    const photograph = join(root, 'dist/pages/models/face.jpg');
    await at.page.getByLabel('Use a picture').setInputFiles(photograph);
    await compare();
    const compared = await result();
    expectAgreement(compared, sides);
    expect(compared.inputs[0]).to.deep.include({ shape: [1, 128, 128, 3], from: 'picture' });
  });

  it('compares backends on a graph of two inputs whose result has a size by its values', async () => {
    const sides = ['cpu', 'tiled-cpu', 'tiled-cpu captured'];
    await open(`?rounds=1&kernels=0&backends=${sides}&shape.image=1x9x8x3`);
    await pick(graphFiles(true));
    await status(/graph model/);
    await compare();
    const compared = await result();
    expectAgreement(compared, sides);
    expect(compared.inputs.map(({ name, shape }) => [name, shape])).to.deep.equal([
      ['image', [1, 9, 8, 3]],
      ['threshold', []],
    ]);
    expect(compared.outputs[0]).to.be.above(0);
  });

  it('names a weight file that is missing, a wrong model and a wrong shape', async () => {
    await open();
    await pick(graphFiles());
    await status(/graph model/);
    const { 'weights2of2.bin': _, ...incomplete } = graphFiles();
    await drop(incomplete);
    await status(/model.json names 2 weight files, of which "weights2of2.bin" is missing/);
    expect(await at.page.getByRole('button', { name: 'Compare' }).isDisabled()).to.equal(true);
    await pick({ 'net.tflite': Buffer.from('nothing of the kind') });
    await status(/net.tflite is not a TensorFlow Lite model/);
    await pick({ 'model.json': Buffer.from('{"a": 1}') });
    await status(/model.json is not a model of TensorFlow.js: it has no modelTopology/);
    await pick(graphFiles());
    await at.page.getByLabel('image (float32, of ?x?x?x3)').fill('1x32x3');
    await compare();
    expect(await fault()).to.equal(
      'Input "image": shape "1x32x3" does not fit the model, which takes ?x?x?x3.',
    );
  });

  it('runs the settings of a link, and says what is wrong with one', async () => {
    const link = '?model=graph/model.json&shape.image=1x8x8x3&backends=cpu,tiled-cpu&rounds=1';
    await open(`${link}&autorun`);
    const compared = await result();
    expectAgreement(compared, ['cpu', 'tiled-cpu']);
    expect(compared.inputs[0].shape).to.deep.equal([1, 8, 8, 3]);
    await open('?model=graph/none.json');
    await status(/graph\/none.json could not be read: status 404/);
    await open('?rounds=no');
    await status(/parameter rounds of this address is "no"/);
  });

  it('runs from a file', async () => {
    const { href } = pathToFileURL(join(at.folder, 'own-model.html'));
    await at.page.goto(`${href}?rounds=1&backends=cpu,wasm,tiled-cpu`);
    await pick(await layersFiles());
    await status(/layers model/);
    await compare();
    expectAgreement(await result(), ['cpu', 'wasm', 'tiled-cpu']);
  });
});
