/**
 * `npm run shaders`: writes the programs of every variant, for every layer of the suite, as compilers
 * of GPUs take them: NAME.frag, index.json and plans.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { profileNamed, profiles } from '../kernels/webgl/devices.js';
import { layers } from './bench/layers.js';
import { readOptions } from './lib/args.js';
import { deviceLimits } from './shaders/limits.js';
import { listingOf } from './shaders/plansOf.js';

const options = {
  device: {
    value: 'NAME',
    help: 'profile whose first choices are marked',
    choices: profiles.map(({ name }) => name),
    fallback: 'unknown',
  },
  out: { value: 'DIR', help: 'folder for the files', fallback: 'shaders' },
} as const;

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run shaders -- [options]', options, argv);
  if (values === null) return 0;
  const { programs, plans } = listingOf(layers, deviceLimits(profileNamed(values.device)));
  mkdirSync(values.out, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(values.out, name), text);
  for (const { name, fragment } of programs) write(`${name}.frag`, fragment);
  const rows = programs.map(({ fragment: _, ...row }) => row);
  write('index.json', `${JSON.stringify(rows, null, 1)}\n`);
  write('plans.json', `${JSON.stringify(plans, null, 1)}\n`);
  const chosen = plans.filter((plan) => plan.chosen);
  const draws = chosen.flatMap(({ passes }) => passes).reduce((sum, pass) => sum + pass.draws, 0);
  console.log(
    `${values.out}: ${programs.length} programs, ${plans.length} plans; ` +
      `${values.device} takes ${chosen.length} first, in ${draws} draws`,
  );
  return 0;
}
