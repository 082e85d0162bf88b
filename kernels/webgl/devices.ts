/**
 * THE table of devices: what each family of GPUs charges for the parts of a program, and what it holds.
 * Estimates read it, so that the first choice among variants suits the device. Plain data.
 *
 * Rates of GPUs are those of a core, from published measurements and from what compilers make of the
 * programs (docs/devices.md); the cost of a draw is that of a laptop's or phone's host and driver.
 */

import { type DeviceProfile, gpu, type Ops, rasteriser } from './deviceProfile.js';

/** Fitted on what Mesa's compilers make of the programs of the layer suite. */
const ops = {
  rdna: { texel: 0.5, weight: 0.6, blockWeight: 0, turn: 7, write: 7, fragment: 18 },
  gcn: { texel: 1, weight: 0.9, blockWeight: 0, turn: 7, write: 7.5, fragment: 18 },
  intel: { texel: 1.5, weight: 0.5, blockWeight: 0.05, turn: 3, write: 11.5, fragment: 22 },
  adreno: { texel: 0.6, weight: 0.95, blockWeight: 0.8, turn: 10, write: 12, fragment: 36 },
  mali: { texel: 1.3, weight: 1.5, blockWeight: 0.3, turn: 10, write: 13, fragment: 34 },
} as const satisfies Record<string, Ops>;

/** Constants between those that fit the layer suite on the two rasterisers. */
const onCPU = { multiplyAdd: 0.1, turn: 1.3, write: 7, fragment: 5, blockWeight: 1 } as const;

/** Rates of a GPU whose family is not known: between the others. */
const unknownGpu = {
  registers: 30,
  lanes: 64,
  texels: 2,
  loads: 16,
  indexedLoads: 8,
  speed: 1e6,
  draw: 3,
  ops: ops.gcn,
} as const;

/** Every profile; the first whose `renderer` matches is the device's. */
export const profiles: readonly DeviceProfile[] = [
  rasteriser('llvmpipe', /llvmpipe|softpipe|swrast|lavapipe|mesa offscreen/i, onCPU),
  rasteriser(
    'swiftshader',
    /swiftshader|microsoft basic render|software|apple paravirtual/i,
    onCPU,
  ),
  gpu({
    name: 'nvidia-turing',
    renderer:
      /\b(rtx 20[6-8]0|quadro rtx [3-8]000|gtx 16\d\d|titan rtx|tesla t4|mx[45]50|(quadro|nvidia) t\d{3,4}|nv16\d)\b/i,
    registers: 60,
    lanes: 64,
    texels: 2,
    indexedLoads: 16,
    speed: 1.5e6,
    draw: 2,
    ops: ops.rdna,
  }),
  gpu({
    name: 'nvidia',
    renderer: /nvidia|geforce|quadro|tegra|\bnv[0-9a-f]{2,3}\b/i,
    registers: 60,
    lanes: 128,
    texels: 2,
    indexedLoads: 16,
    speed: 2.7e6,
    draw: 2,
    ops: ops.rdna,
  }),
  gpu({
    name: 'amd-gcn',
    renderer:
      /\b(vega\d*|polaris\d*|raven2?|picasso|renoir|cezanne|lucienne|barcelo|fiji|tonga|hawaii|tahiti)\b|radeon *(\(tm\)|™)? (rx )?(vega|vii\b|[45][0-9]0x?\b|r[2-9]\b|hd|pro (wx|[45]\d\dx?\b))|firepro|radeon.*\(0x0000(1636|1638|164c|15e7|15d8|15dd)/i,
    registers: 60,
    lanes: 64,
    texels: 2.67,
    sameTexels: 4,
    speed: 0.55e6,
    draw: 2,
    ops: ops.gcn,
  }),
  gpu({
    name: 'amd-rdna',
    renderer: /\bamd\b|\bati\b|radeon|xclipse/i,
    registers: 60,
    lanes: 64,
    texels: 4,
    speed: 1.4e6,
    draw: 2,
    ops: ops.rdna,
  }),
  gpu({
    name: 'intel-gen9',
    renderer:
      /\b(uhd graphics p?6\d\d|hd graphics|iris\S* (plus|pro|graphics|opengl)|skl|kbl|aml|cfl|whl|cml|bxt|glk)\b/i,
    registers: 23,
    depthwiseRegisters: 46,
    lanes: 64,
    texels: 1.66,
    sameTexels: 4,
    loads: 16,
    speed: 0.2e6,
    draw: 2,
    ops: ops.intel,
  }),
  gpu({
    name: 'intel-xe',
    renderer: /intel/i,
    registers: 23,
    depthwiseRegisters: 46,
    lanes: 128,
    texels: 3.2,
    sameTexels: 8,
    loads: 32,
    indexedLoads: 4,
    speed: 0.7e6,
    draw: 2,
    ops: ops.intel,
  }),
  gpu({
    name: 'adreno',
    renderer: /adreno|\bfd\d{3}\b/i,
    registers: 31,
    lanes: 128,
    texels: 2,
    loads: 16,
    indexedLoads: 8,
    speed: 1e6,
    draw: 4,
    ops: ops.adreno,
    gainsByHalf: true,
    isTileBased: true,
  }),
  gpu({
    name: 'mali-bifrost',
    renderer: /mali-g(31|51|52|71|72|76)\b/i,
    maxTargets: 4,
    registers: 12,
    depthwiseRegisters: 16,
    lanes: 24,
    texels: 1,
    loads: 16,
    indexedLoads: 8,
    speed: 0.05e6,
    draw: 6,
    ops: ops.mali,
    spill: 25,
    gainsByHalf: true,
    isTileBased: true,
  }),
  gpu({
    name: 'mali-valhall',
    renderer: /mali|immortalis/i,
    maxTargets: 4,
    registers: 12,
    depthwiseRegisters: 14,
    lanes: 32,
    texels: 2,
    loads: 16,
    indexedLoads: 8,
    speed: 0.3e6,
    draw: 6,
    ops: ops.mali,
    spill: 25,
    gainsByHalf: true,
    isTileBased: true,
  }),
  gpu({
    name: 'apple',
    renderer: /apple/i,
    registers: 40,
    lanes: 128,
    texels: 2,
    loads: 16,
    indexedLoads: 8,
    speed: 1.3e6,
    draw: 2,
    ops: ops.rdna,
    gainsByHalf: true,
    isTileBased: true,
  }),
  gpu({ name: 'unknown', renderer: /(?:)/, ...unknownGpu }),
];

/** Returns the profile of a device by the name of its renderer. */
export function profileOf(renderer: string): DeviceProfile {
  return profiles.find((profile) => profile.renderer.test(renderer)) as DeviceProfile;
}

/**
 * Returns the profile of this name.
 * @throws Error that lists the names, if there is none
 */
export function profileNamed(name: string): DeviceProfile {
  const found = profiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const names = profiles.map((profile) => profile.name).join(', ');
  throw new Error(`there is no device profile '${name}'; use one of ${names}`);
}
