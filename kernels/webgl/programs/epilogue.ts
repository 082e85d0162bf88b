/** The end of every convolution: bias, activation, and zeros outside the tensor. */
import { positionOf, type Tile } from '../../../src/layout/tile.js';
import { type Activation, activationChunk } from '../glsl/activation.js';
import { range } from './source.js';

/** What is fused into a convolution. */
export interface Fusion {
  readonly activation: Activation;
  /** A bias per output channel, in tiles of 1x1x1. */
  readonly bias: boolean;
}

/**
 * GLSL that turns `sum{plane}` into the targets. It expects `tile` (the output
 * tile) and `outSlice` (the tile's first slice) of the program.
 */
export function convEpilogue({ activation, bias }: Fusion, out: Tile) {
  const prelu = activation === 'prelu';
  const samplers = [...(bias ? ['bias'] : []), ...(prelu ? ['slope'] : [])];
  const layouts = samplers.map((name) => `uniform TileLayout ${name}Layout;`);
  const lines: string[] = [];
  for (const q of range(out.c)) {
    lines.push(`  uvec4 lanes${q} = maskOf4(channelLanes(outLayout, outSlice + ${q}));`);
    for (const name of samplers) {
      const at = `coordinates(${name}Layout, imageStart(${name}Layout, outSlice + ${q}))`;
      lines.push(`  vec4 ${name}${q} = texture(${name}, ${at});`);
    }
  }
  for (const plane of range(out.w * out.h * out.c)) {
    const { px, py, pc } = positionOf(out, plane);
    const sum = `sum${plane}${bias ? ` + bias${pc}` : ''}`;
    lines.push(
      `  uint inside${plane} = maskOf(tile.x * ${out.w} + ${px} < outLayout.extent.z && tile.y * ${out.h} + ${py} < outLayout.extent.y);`,
      `  target${plane} = masked(activate(${sum}${prelu ? `, slope${pc}` : ''}), lanes${pc} & inside${plane});`,
    );
  }
  return { samplers, chunks: [...layouts, activationChunk(activation)], body: lines.join('\n') };
}
