/**
 * GLSL counterpart of kernels/webgl/layout/filter.ts for a filter in a uniform block. That of a conv2d
 * holds the weights of one group of output slices, that of a depthwise one those of many slices:
 * `weightTurns[s * turns + turn]` has those of input slice s in one turn of the loop over filter rows.
 *
 * The array has structures of whole turns, because a browser may clamp each index that is computed:
 * one for a turn, where weights by number would have one each.
 *
 * @param bytes maximum size of the block
 * @param texels number of texels that a turn reads for one input slice
 */
export function filterBlockGlsl(bytes: number, texels: number): string {
  return /* glsl */ `
struct WeightTurn { vec4 texels[${texels}]; };
layout(std140) uniform Weights { WeightTurn weightTurns[${blockTurns(bytes, texels)}]; };
`;
}

/** Returns the number of turns whose weights a block of this size holds. */
export function blockTurns(bytes: number, texels: number): number {
  return Math.floor(bytes / (16 * texels));
}
