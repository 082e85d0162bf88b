/** The end of every convolution: bias, activation, and zeros outside the tensor. */
import type { Tile } from '../../../src/layout/tile.js';
import { type Activation, activationChunk } from '../glsl/activation.js';
import { range } from './source.js';

/** What is fused into a convolution. */
export interface Fusion {
  readonly activation: Activation;
  /** A bias per output channel, in tiles of 1x1x1. */
  readonly bias: boolean;
}

/**
 * GLSL that turns `sum{pixel}_{slice}` into the targets. It expects `tile` (the
 * output tile), `oy` and `outSlice` (the tile's first slice) of the program.
 */
export function convEpilogue({ activation, bias }: Fusion, out: Tile) {
  const prelu = activation === 'prelu';
  const samplers = [...(bias ? ['bias'] : []), ...(prelu ? ['slope'] : [])];
  const layouts = samplers.map((name) => `uniform TileLayout ${name}Layout;`);
  const lines: string[] = [];
  for (const q of range(out.c)) {
    lines.push(`  bvec4 lanes${q} = channelLanes(outLayout, outSlice + ${q});`);
    for (const name of samplers) {
      lines.push(
        `  vec4 ${name}${q} = texelFetch(${name}, rowStart(${name}Layout, outSlice + ${q}), 0);`,
      );
    }
    for (const i of range(out.w)) {
      const sum = `sum${i}_${q}${bias ? ` + bias${q}` : ''}`;
      lines.push(
        `  bool inside${i}_${q} = tile.x * ${out.w} + ${i} < outLayout.extent.z;`,
        `  target${q * out.w + i} = mix(vec4(0.0), activate(${sum}${prelu ? `, slope${q}` : ''}),`,
        `    bvec4(ivec4(lanes${q}) * int(inside${i}_${q})));`,
      );
    }
  }
  return { samplers, chunks: [...layouts, activationChunk(activation)], body: lines.join('\n') };
}
