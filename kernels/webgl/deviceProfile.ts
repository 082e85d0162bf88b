/** Profile of a device: its charges and its limits, and how they follow from a few figures of its family. Plain data. */

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
  /**
   * The same, at a place that each fragment computes; null where it is a fetch after all, so that there
   * is no point in it: plans that have such loads are never a choice there.
   */
  readonly indexedWeight: number | null;
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
  /** A fragment, besides. */
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
  /** True if tiles of half floats are faster: fetches bind the family's programs. */
  readonly gainsByHalf: boolean;
  /**
   * True if a device draws tile by tile in memory of its own, and would first load what a target held
   * before, unless it is told that nothing of it is needed.
   */
  readonly isTileBased: boolean;
  /** Maximum number of render targets, whatever the device says. */
  readonly maxTargets: number;
  /** Vec4 registers that hold the sums and the window of a fragment of a dense convolution. */
  readonly registers: number;
  /** The same of a depthwise one, for one slice of its window. */
  readonly depthwiseRegisters: number;
  readonly rates: Rates;
}

/** A rasteriser on the CPU, whose constants were fitted on the layer suite. */
export function rasteriser(
  name: string,
  renderer: RegExp,
  rates: Pick<Rates, 'multiplyAdd' | 'turn' | 'write' | 'fragment' | 'blockWeight'>,
): DeviceProfile {
  return {
    name,
    renderer,
    software: true,
    gainsByHalf: false,
    isTileBased: false,
    maxTargets: 8,
    registers: Number.POSITIVE_INFINITY,
    depthwiseRegisters: Number.POSITIVE_INFINITY,
    rates: {
      overlaps: false,
      weight: 1,
      indexedWeight: null,
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

/** Figures that set a family of GPUs apart. */
interface Gpu {
  readonly name: string;
  readonly renderer: RegExp;
  readonly maxTargets?: number;
  readonly gainsByHalf?: true;
  readonly isTileBased?: true;
  readonly registers: number;
  /** Unlimited if not given. */
  readonly depthwiseRegisters?: number;
  /** Multiply-adds of a core in a clock. */
  readonly lanes: number;
  /** Texels of four floats that a core fetches in a clock. */
  readonly texels: number;
  /** The same if all fragments fetch one texel, as they do weights. */
  readonly sameTexels?: number;
  /** Vec4 of a uniform block that a core loads in a clock for each fragment; 0 for any number. */
  readonly loads?: number;
  /** The same where each fragment computes the place; not given where that is a fetch after all. */
  readonly indexedLoads?: number;
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
export interface Ops {
  readonly texel: number;
  readonly weight: number;
  readonly blockWeight: number;
  readonly turn: number;
  readonly write: number;
  readonly fragment: number;
}

export function gpu(family: Gpu): DeviceProfile {
  const { name, renderer, registers, lanes, texels, sameTexels = texels, loads = 0 } = family;
  const { speed, draw, ops: own, spill = 4, maxTargets = 8, indexedLoads } = family;
  const {
    depthwiseRegisters = Number.POSITIVE_INFINITY,
    gainsByHalf = false,
    isTileBased = false,
  } = family;
  const multiplyAdd = (4 * texels) / lanes;
  const fetchesOfAMicrosecond = (speed / 4) * multiplyAdd;
  return {
    name,
    renderer,
    software: false,
    gainsByHalf,
    isTileBased,
    maxTargets,
    registers,
    depthwiseRegisters,
    rates: {
      overlaps: true,
      multiplyAdd,
      weight: texels / sameTexels,
      blockWeight: loads === 0 ? 0 : texels / loads,
      indexedWeight: indexedLoads === undefined ? null : texels / indexedLoads,
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
