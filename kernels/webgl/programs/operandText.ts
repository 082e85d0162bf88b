/** GLSL of the operands of epilogue steps, by their broadcasts. */
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { range, type Samplers } from './source.js';
import { type Axes, isWhole, type OfPixel, operandTile, type TextureBroadcast } from './steps.js';

export interface OperandText {
  readonly samplers: readonly Samplers[];
  /** GLSL before main. */
  readonly chunks: readonly string[];
  /** Lines of main that all planes share. */
  readonly before: readonly string[];
  /** Returns GLSL of the value at a plane of the tile and a slice of its group. */
  value(plane: number, slice: number): string;
}

/**
 * Returns GLSL for an operand in textures, and for its value at a plane of the tile. It expects what
 * epilogue() does.
 */
export function operandText(name: string, broadcast: TextureBroadcast, out: Tile): OperandText {
  switch (broadcast) {
    case 'same':
      return sameText(name, out);
    case 'scalar':
      return {
        samplers: [name],
        chunks: [],
        before: [`  vec4 ${name}_0 = texture(${name}, vec2(0.0)).xxxx;`],
        value: () => `${name}_0`,
      };
    case 'channel':
      return channelText(name, '', out);
    case 'batchChannel':
      return channelText(name, `${ELEMENT} * ${name}Layout.grid.z + `, out);
  }
  if (typeof broadcast === 'object') return pixelText(name, broadcast, out);
  return axesText(name, broadcast, out);
}

function sameText(name: string, out: Tile): OperandText {
  const samplers = planeNames(`${name}_`, out);
  return {
    samplers: [samplers],
    chunks: [layoutOf(name)],
    before: [`  vec2 ${name}At = gl_FragCoord.xy * ${name}Layout.texel;`],
    value: (plane) => `texture(${samplers[plane]}, ${name}At)`,
  };
}

/** GLSL of the batch element of a tile. */
const ELEMENT = 'quotient(tile.z, outLayout.grid.z)';

/** @param image GLSL for what comes before the slice in the number of its image */
function channelText(name: string, image: string, out: Tile): OperandText {
  return {
    samplers: [name],
    chunks: [layoutOf(name)],
    before: range(out.c).map(
      (q) =>
        `  vec4 ${name}_${q} = texture(${name}, coordinates(${name}Layout, imageStart(${name}Layout, ${image}outSlice + ${q}, 0)));`,
    ),
    value: (_plane, slice) => `${name}_${slice}`,
  };
}

/**
 * A group of the operand has the slices of several groups of the values, among which it chooses when
 * the program runs; or those of a group of the values are those of several of the operand.
 */
function pixelText(name: string, { axes, tile }: OfPixel, out: Tile): OperandText {
  const samplers = planeNames(`${name}_`, tile);
  const sampler = (slice: number) => samplers[slice * tile.w * tile.h];
  const image = axes === 'bc' ? `${ELEMENT} * ${name}Layout.grid.z + ` : '';
  const starts = range(Math.max(1, tile.c / out.c)).map((i) => i * out.c);
  const first = `${name}First`;
  const value = (q: number) => {
    const at = `${name}At${Math.floor(q / tile.c)}`;
    const texels = starts.map((start) => `texture(${sampler(start + (q % tile.c))}, ${at})`);
    // No more tests than there are choices.
    return texels.reduceRight((rest, texel, i) => `${first} == ${starts[i]} ? ${texel} : ${rest}`);
  };
  return {
    samplers: [samplers],
    chunks: [layoutOf(name)],
    before: [
      ...(starts.length > 1 ? [`  int ${first} = outSlice % ${tile.c};`] : []),
      ...range(Math.ceil(out.c / tile.c)).map(
        (i) =>
          `  vec2 ${name}At${i} = coordinates(${name}Layout, imageStart(${name}Layout, ${image}outSlice / ${tile.c} + ${i}, 0));`,
      ),
      ...range(out.c).map((q) => `  vec4 ${name}Value${q} = ${value(q)};`),
    ],
    value: (_plane, slice) => `${name}Value${slice}`,
  };
}

/** The tile of the operand is at the same place along its axes, and the first one along the others. */
function axesText(name: string, axes: Axes, out: Tile): OperandText {
  const tile = operandTile(axes, out);
  const samplers = planeNames(`${name}_`, tile);
  const whole = (axis: 'b' | 'h' | 'w' | 'c') => isWhole(axes, axis);
  const group = whole('c') ? `outSlice / ${out.c}` : '0';
  // Both groups and elements are as many as those of the values, and so are their images.
  const images = whole('c') ? 'tile.z' : ELEMENT;
  const image = whole('b') ? images : group;
  const column = whole('w') ? 'tile.x' : '0';
  const place = `ivec2(${column}, ${whole('h') ? 'tile.y' : '0'})`;
  const lanes = whole('c') ? '' : '.xxxx';
  return {
    samplers: [samplers],
    chunks: [layoutOf(name)],
    before: [
      `  vec2 ${name}At = coordinates(${name}Layout, imageStart(${name}Layout, ${image}, ${column}) + ${place});`,
      ...samplers.map(
        (sampler, plane) => `  vec4 ${name}Value${plane} = texture(${sampler}, ${name}At)${lanes};`,
      ),
    ],
    value: (plane) => {
      const { px, py, pc } = positionOf(out, plane);
      const along = (axis: 'h' | 'w' | 'c', place: number) => (whole(axis) ? place : 0);
      const own = (along('c', pc) * tile.h + along('h', py)) * tile.w + along('w', px);
      return `${name}Value${own}`;
    },
  };
}

function layoutOf(name: string): string {
  return `uniform TileLayout ${name}Layout;`;
}
