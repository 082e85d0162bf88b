/** Options of the validator's command. */
import { grids } from '../../../src/validator/index.js';
import { maskNames } from '../../webgl/masks.js';
import type { Place } from './job.js';

export const places: readonly Place[] = ['swiftshader', 'llvmpipe', 'firefox', 'chrome', 'node'];

export const options = {
  backend: { value: 'NAME', help: 'what is judged (default tiled-webgl; tiled-cpu in node)' },
  reference: {
    value: 'NAMES',
    help: 'what is judged beside it, comma between (default webgl,cpu; cpu in node)',
  },
  browser: {
    value: 'NAME',
    help: 'where it runs; chrome takes a GPU if there is one, node is this process',
    choices: places,
    fallback: 'swiftshader',
  },
  grid: {
    value: 'NAME',
    help: 'which cases: core or full for convolutions, kernels for other kernels, all, or the name of a family (default core; for --q with *, core and kernels)',
    choices: Object.keys(grids),
  },
  q: { value: 'ID', help: 'one case by its id, or those of the grid that match an id with *' },
  variant: {
    value: 'NAME',
    help: "also force every variant ('all'), or run one alone (default all with --grid full)",
  },
  mask: {
    value: 'NAME',
    help: 'what the browser must do without, as other devices do',
    choices: maskNames,
  },
  precision: {
    value: 'NAME',
    help: "floats in which the backend stores tensors, whose rounding is the bound; 'half' asks the backend for them",
    choices: ['float32', 'half'],
    fallback: 'float32',
  },
  captured: { help: 'compute through capture(), from recordings made with other values' },
  module: { value: 'FILE', help: 'a script that registers a backend, loaded first' },
  seed: { value: 'N', help: "seed of the inputs, instead of each case's own" },
  list: { help: 'print the ids and run nothing' },
  json: { value: 'FILE', help: 'write everything to this file' },
  junit: { value: 'FILE', help: "write JUnit's XML to this file" },
  html: { value: 'FILE', help: 'write a self-contained report to this file' },
  xfail: { value: 'FILE', help: 'lines `id or wildcard  # reason` of cases known to fail' },
} as const;
