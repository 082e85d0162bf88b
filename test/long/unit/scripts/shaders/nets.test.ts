/** Test of `npm run shaders -- --nets`, whose nets predict in a browser. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { layers } from '../../../../../scripts/bench/layers.js';
import { UsageError } from '../../../../../scripts/lib/errors.js';
import type { NetIndex } from '../../../../../scripts/shaders/netLayers.js';
import type { PlanRow, ProgramRow } from '../../../../../scripts/shaders/plansOf.js';
import { main } from '../../../../../scripts/shaders.js';
import { quietly } from '../../../../support/quietly.js';

describe('npm run shaders -- --nets', () => {
  let out: string;

  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), 'shaders-'));
  });
  afterEach(() => {
    rmSync(out, { recursive: true });
  });

  const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));

  it('writes the layers of nets after those of the suite', async function () {
    this.timeout(0);
    const nets = ['mobilenet-v2-graph', 'face-recognition'];
    const argv = ['--device', 'apple', '--nets', nets.join(), '--out', out];
    expect(await quietly(() => main([...argv, '--browser', 'swiftshader']))).to.equal(0);
    const index: NetIndex[] = read('nets.json');
    expect(index.map(({ net }) => net)).to.deep.equal(nets);
    expect(index.map((net) => net.layers.length)).to.deep.equal([52, 29]);
    const plans: PlanRow[] = read('plans.json');
    const listed = [...new Set(plans.map(({ layer }) => layer))];
    const suite = layers.map(({ id }) => id);
    expect(listed.slice(0, suite.length)).to.deep.equal(suite);
    expect(listed).to.include.members(index.flatMap((net) => net.layers));
    const programs: ProgramRow[] = read('index.json');
    const files = readdirSync(out).filter((name) => name.endsWith('.frag'));
    expect(files).to.have.members(programs.map(({ name }) => `${name}.frag`));
  });

  it('refuses a net that it does not know', async () => {
    const refusal = await main(['--nets', 'lenet', '--out', out]).catch((error) => error);
    expect(refusal).to.be.instanceOf(UsageError);
    expect(refusal.message).to.match(/^--nets is "lenet"; it must be one of mobilenet-v2-graph, /);
  });
});
