/**
 * THE table of devices: what each family of GPUs charges for the parts of a program, and what it holds.
 * Estimates read it, so that the first choice among variants suits the device. Plain data.
 *
 * Rates of GPUs are those of a core, from published measurements and from what compilers make of the
 * programs (docs/devices.md); the cost of a draw is that of a laptop's or phone's host and driver.
 */

/**
 * Costs, in units of one fetch: a fragment reads a texel of four floats, and its neighbours other ones.
 * All are for one fragment but `draw` and `change`.
 */
export interface Rates {
  /** True if a device fetches while it computes, so that the slower of the two counts; else their sum. */
  readonly overlaps: boolean;
  /** A vec4 multiply-add. */
  readonly multiplyAdd: number;
  /** A fetch of a weight, which all fragments of a group read. */
  readonly weight: number;
  /** A vec4 of weights in a uniform block. */
  readonly blockWeight: number;
  /** Operations, in vec4 multiply-adds, to find a texel's place and to mask it. */
  readonly texelOps: number;
  /** The same for a weight in a texture. */
  readonly weightOps: number;
  /** The same for a weight in a uniform block. */
  readonly blockWeightOps: number;
  /** A turn of the loops over filter rows and input tiles, besides its fetches and multiply-adds. */
  readonly turn: number;
  /** A texel that is written, with bias, activation and tests for the edge. */
  readonly write: number;
  /** A texel that is written without them. */
  readonly plainWrite: number;
  /** What a fragment costs besides. */
  readonly fragment: number;
  /** A component of a Winograd patch, including its reads. */
  readonly component: number;
  /** A draw after the first one of a kernel, on host and device. */
  readonly draw: number;
  /**
   * A change of tile, besides the texels that it moves: another pass in each prediction, and more
   * programs to compile before the first prediction, also for the kernels in between. Because of this
   * cost, small maps stay in the tiles of the net.
   */
  readonly change: number;
  /** A vec4 register that a fragment lacks, in each turn: written to memory and read again. */
  readonly spill: number;
}

export interface DeviceProfile {
  readonly name: string;
  /** Names of renderers of this family, as browsers and drivers write them. */
  readonly renderer: RegExp;
  /** True if the renderer is software that runs on the CPU. */
  readonly software: boolean;
  /** Maximum number of render targets, whatever the device says. */
  readonly maxTargets: number;
  /** Vec4 registers that hold the sums and the window of a fragment of a dense convolution. */
  readonly registers: number;
  /** The same of a depthwise one, for one slice of its window. */
  readonly depthwiseRegisters: number;
  readonly rates: Rates;
}

/** A rasteriser on the CPU, whose constants were fitted on the layer suite. */
function rasteriser(
  name: string,
  renderer: RegExp,
  rates: Pick<Rates, 'multiplyAdd' | 'turn' | 'write' | 'fragment' | 'blockWeight'>,
): DeviceProfile {
  return {
    name,
    renderer,
    software: true,
    maxTargets: 8,
    registers: Number.POSITIVE_INFINITY,
    depthwiseRegisters: Number.POSITIVE_INFINITY,
    rates: {
      overlaps: false,
      weight: 1,
      texelOps: 0,
      weightOps: 0,
      blockWeightOps: 0,
      plainWrite: 3,
      component: 16,
      draw: 20_000,
      change: 200_000,
      spill: 0,
      ...rates,
    },
  };
}

/** What sets a family of GPUs apart. */
interface Gpu {
  readonly name: string;
  readonly renderer: RegExp;
  readonly maxTargets?: number;
  readonly registers: number;
  /** As many as it takes if not given. */
  readonly depthwiseRegisters?: number;
  /** Multiply-adds of a core in a clock. */
  readonly lanes: number;
  /** Texels of four floats that a core fetches in a clock. */
  readonly texels: number;
  /** The same if all fragments fetch one texel, as they do weights. */
  readonly sameTexels?: number;
  /** Vec4 of a uniform block that a core loads in a clock for each fragment; 0 for any number. */
  readonly loads?: number;
  /** Multiply-adds of the whole device in a microsecond. */
  readonly speed: number;
  /** Microseconds that a draw takes. */
  readonly draw: number;
  readonly ops: Ops;
  /** Fetches that a missing register costs in a turn; 4 if nothing is known. */
  readonly spill?: number;
}

/**
 * Operations besides multiply-adds, in vec4 multiply-adds: fitted on what Mesa's compilers make of the
 * programs of the layer suite.
 */
interface Ops {
  readonly texel: number;
  readonly weight: number;
  readonly blockWeight: number;
  readonly turn: number;
  readonly write: number;
  readonly fragment: number;
}

const ops = {
  rdna: { texel: 0.5, weight: 0.6, blockWeight: 0, turn: 7, write: 7, fragment: 18 },
  gcn: { texel: 1, weight: 0.9, blockWeight: 0, turn: 7, write: 7.5, fragment: 18 },
  intel: { texel: 1.5, weight: 0.5, blockWeight: 0.05, turn: 3, write: 11.5, fragment: 22 },
  adreno: { texel: 0.6, weight: 0.95, blockWeight: 0.8, turn: 10, write: 12, fragment: 36 },
  mali: { texel: 1.3, weight: 1.5, blockWeight: 0.3, turn: 10, write: 13, fragment: 34 },
} as const satisfies Record<string, Ops>;

function gpu(family: Gpu): DeviceProfile {
  const { name, renderer, registers, lanes, texels, sameTexels = texels, loads = 0 } = family;
  const { speed, draw, ops: own, spill = 4, maxTargets = 8 } = family;
  const { depthwiseRegisters = Number.POSITIVE_INFINITY } = family;
  const multiplyAdd = (4 * texels) / lanes;
  const fetchesOfAMicrosecond = (speed / 4) * multiplyAdd;
  return {
    name,
    renderer,
    software: false,
    maxTargets,
    registers,
    depthwiseRegisters,
    rates: {
      overlaps: true,
      multiplyAdd,
      weight: texels / sameTexels,
      blockWeight: loads === 0 ? 0 : texels / loads,
      texelOps: own.texel,
      weightOps: own.weight,
      blockWeightOps: own.blockWeight,
      turn: own.turn * multiplyAdd,
      write: own.write * multiplyAdd,
      plainWrite: multiplyAdd,
      fragment: own.fragment * multiplyAdd,
      component: 8,
      draw: draw * fetchesOfAMicrosecond,
      change: 2 * draw * fetchesOfAMicrosecond,
      spill,
    },
  };
}

/** Rates of a GPU whose family is not known: between the others. */
const unknownGpu = {
  registers: 30,
  lanes: 64,
  texels: 2,
  loads: 16,
  speed: 1e6,
  draw: 3,
  ops: ops.gcn,
} as const;

/** Every profile; the first whose `renderer` matches is the device's. */
export const profiles: readonly DeviceProfile[] = [
  rasteriser('llvmpipe', /llvmpipe|softpipe|swrast|lavapipe|mesa offscreen/i, {
    multiplyAdd: 0.1,
    turn: 1.3,
    write: 7,
    fragment: 5,
    blockWeight: 1,
  }),
  rasteriser('swiftshader', /swiftshader|microsoft basic render|software|apple paravirtual/i, {
    multiplyAdd: 0.1,
    turn: 1.3,
    write: 7,
    fragment: 5,
    blockWeight: 1,
  }),
  gpu({
    name: 'nvidia-turing',
    renderer: /\b(rtx (20\d\d|[3-8]000)|gtx 16\d\d|titan rtx|tesla t4|mx4[5-9]\d)\b/i,
    registers: 60,
    lanes: 64,
    texels: 2,
    speed: 1.5e6,
    draw: 2,
    ops: ops.rdna,
  }),
  gpu({
    name: 'nvidia',
    renderer: /nvidia|geforce|quadro|tegra/i,
    registers: 60,
    lanes: 128,
    texels: 2,
    speed: 2.7e6,
    draw: 2,
    ops: ops.rdna,
  }),
  gpu({
    name: 'amd-gcn',
    renderer:
      /\b(vega|polaris\d*|raven2?|picasso|renoir|cezanne|lucienne|barcelo|fiji|tonga|hawaii|tahiti)\b|radeon(\(tm\)|™)? (rx )?(vega|[45][0-9]0x?\b|r[579]|hd|pro [45]\d\d)/i,
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
    speed: 1.7e6,
    draw: 2,
    ops: ops.rdna,
  }),
  gpu({
    name: 'intel-gen9',
    renderer:
      /(\buhd graphics 6\d\d|\bhd graphics( p?[456]\d\d)?|iris\S* (plus|pro)|skl|kbl|cfl|bxt|glk)\b/i,
    registers: 23,
    depthwiseRegisters: 52,
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
    depthwiseRegisters: 52,
    lanes: 128,
    texels: 3.2,
    sameTexels: 8,
    loads: 32,
    speed: 1e6,
    draw: 2,
    ops: ops.intel,
  }),
  gpu({
    name: 'adreno',
    renderer: /adreno/i,
    registers: 31,
    lanes: 128,
    texels: 2,
    loads: 16,
    speed: 1e6,
    draw: 4,
    ops: ops.adreno,
  }),
  gpu({
    name: 'mali-bifrost',
    renderer: /mali-g(31|51|52|71|72|76)\b/i,
    maxTargets: 4,
    registers: 12,
    depthwiseRegisters: 11,
    lanes: 24,
    texels: 1,
    loads: 16,
    speed: 0.05e6,
    draw: 6,
    ops: ops.mali,
    spill: 25,
  }),
  gpu({
    name: 'mali-valhall',
    renderer: /mali|immortalis/i,
    maxTargets: 4,
    registers: 12,
    depthwiseRegisters: 11,
    lanes: 32,
    texels: 2,
    loads: 16,
    speed: 0.3e6,
    draw: 6,
    ops: ops.mali,
    spill: 25,
  }),
  gpu({
    name: 'apple',
    renderer: /apple/i,
    registers: 40,
    lanes: 128,
    texels: 2,
    loads: 16,
    speed: 1.3e6,
    draw: 2,
    ops: ops.rdna,
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
