/** Tests of programs that only move values: each result value is an input value, or the fill. */
import { expect } from 'chai';
import { concatDraws } from '../../../../../kernels/webgl/Concat.js';
import { type Extent, type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { type ProgramSpec, programText } from '../../../../../kernels/webgl/programs/index.js';
import { shiftSpec, shiftUniforms } from '../../../../../kernels/webgl/programs/shift.js';
import { fractions, type Stream, stream } from '../../../../../src/validator/index.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram, type Texture, type Uniforms } from '../../../../support/glsl/glslRun.js';
import {
  expectPlanes,
  places,
  planesOf,
  sizeOf,
  smallLayout,
  tiles,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';

interface Place {
  n: number;
  y: number;
  x: number;
  channel: number;
}

/** Returns a random whole number from `least` to `most`. */
function whole(next: Stream, least: number, most: number): number {
  return least + Math.floor(next() * (most - least + 1));
}

function randomExtent(next: Stream): Extent {
  return {
    batch: whole(next, 1, 2),
    height: whole(next, 1, 7),
    width: whole(next, 1, 9),
    channels: whole(next, 1, 40),
  };
}

/** Returns random values. A few are NaN, which must move like any other value. */
function values(extent: Extent, name: string): Float32Array {
  const next = stream(1, `NaN in ${name}`);
  return fractions(stream(sizeOf(extent), name), sizeOf(extent)).map((v) =>
    next() < 0.02 ? Number.NaN : v,
  );
}

function flatOf({ height, width, channels }: Extent, { n, y, x, channel }: Place): number {
  return ((n * height + y) * width + x) * channels + channel;
}

/** Draws y from x; checks that each value comes from where `source` says, or is `fill`. */
function check(
  spec: ProgramSpec,
  from: { extent: Extent; tile: Tile },
  to: { extent: Extent; tile: Tile },
  uniforms: Uniforms,
  source: (at: Place) => Place,
  fill = 0,
): void {
  const x = values(from.extent, 'x');
  const [layout, out] = [from, to].map((of) => smallLayout(of.extent, of.tile));
  const wanted = Float32Array.from(places(to.extent), (at) => {
    const place = source(at);
    return isInside(from.extent, place) ? x[flatOf(from.extent, place)] : fill;
  });
  const drawn = runProgram(
    programText(spec),
    planesOf(x, layout),
    { ...uniforms, ...named('x', layoutUniforms(layout)), ...named('out', layoutUniforms(out)) },
    { width: out.texWidth, height: out.texHeight },
  );
  const what = `${JSON.stringify(spec)} ${JSON.stringify(uniforms)} to ${JSON.stringify(to.extent)}`;
  expectPlanes(drawn, wanted, out, what);
}

function isInside({ batch, height, width, channels }: Extent, { n, y, x, channel }: Place) {
  const within = (v: number, size: number) => v >= 0 && v < size;
  return within(n, batch) && within(y, height) && within(x, width) && within(channel, channels);
}

describe('shift programs, run in Node', () => {
  for (const inTile of tiles) {
    it(`equal slicing, in ${tileName(inTile)}`, () => {
      const next = stream(1, `slices ${tileName(inTile)}`);
      for (let i = 0; i < 12; i++) {
        const extent = randomExtent(next);
        const begin = (size: number, step = 1) =>
          step * Math.floor(whole(next, 0, size - 1) / step);
        const start = {
          batch: begin(extent.batch),
          height: begin(extent.height),
          width: begin(extent.width),
          channels: begin(extent.channels, [1, 4, 4 * inTile.c][i % 3]),
        };
        const rest = (axis: keyof Extent) => whole(next, 1, extent[axis] - start[axis]);
        const slice = {
          batch: rest('batch'),
          height: rest('height'),
          width: rest('width'),
          channels: rest('channels'),
        };
        checkShift(inTile, extent, slice, start, 7);
      }
    });

    it(`equal padding, in ${tileName(inTile)}`, () => {
      const next = stream(1, `paddings ${tileName(inTile)}`);
      for (let i = 0; i < 8; i++) {
        const extent = randomExtent(next);
        const [top, left] = [whole(next, 0, 5), whole(next, 0, 9)];
        const padded = {
          ...extent,
          height: top + extent.height + whole(next, 0, 5),
          width: left + extent.width + whole(next, 0, 9),
        };
        const start = { batch: 0, height: -top, width: -left, channels: 0 };
        checkShift(inTile, extent, padded, start, i % 2 === 0 ? 0 : 2.5);
      }
    });
  }
});

function checkShift(inTile: Tile, from: Extent, to: Extent, start: Extent, fill: number): void {
  const uniforms = shiftUniforms(inTile, start, fill) as Uniforms;
  const source = ({ n, y, x, channel }: Place) => ({
    n: n + start.batch,
    y: y + start.height,
    x: x + start.width,
    channel: channel + start.channels,
  });
  const [x, y] = [from, to].map((extent) => ({ extent, tile: inTile }));
  check(shiftSpec(inTile, start), x, y, uniforms, source, fill);
}

describe('concat programs, run in Node', () => {
  for (const inTile of tiles) {
    it(`equal the definition in ${tileName(inTile)}`, () => {
      const next = stream(1, `parts ${tileName(inTile)}`);
      const step = 4 * inTile.c;
      const lists = [
        [step, step],
        [2 * step, whole(next, 1, step)],
        [step, 2 * step, step, 5],
        [whole(next, 1, 9), whole(next, 1, 40)],
        [whole(next, 1, 40), whole(next, 1, 9)],
        [step + 1, 2 * step, step + 3],
        [step + 4, 2 * step, 4],
        [2, 3],
      ];
      for (const channels of lists) checkConcat(inTile, channels, next);
    });
  }

  it('write every channel exactly once, for any numbers of channels', () => {
    const next = stream(1, 'draws');
    let refused = 0;
    for (let i = 0; i < 500; i++) {
      const inTile = tiles[i % tiles.length];
      const channels = Array.from({ length: whole(next, 2, 5) }, () => whole(next, 1, 40));
      const owner = channels.flatMap((size, input) => Array(size).fill(input) as number[]);
      const perGroup = 4 * inTile.c;
      const groups = Array.from({ length: Math.ceil(owner.length / perGroup) }, (_, group) => [
        ...new Set(owner.slice(group * perGroup, (group + 1) * perGroup)),
      ]);
      const draws = concatDraws(channels, inTile);
      const what = `[${channels}] in ${tileName(inTile)}`;
      expect(draws === null, what).to.equal(groups.some((inputs) => inputs.length > 2));
      if (draws === null) refused++;
      else {
        for (const [group, inputs] of groups.entries()) {
          const drawn = draws.filter(
            ({ uniforms }) => group >= uniforms.groups[0] && group < uniforms.groups[1],
          );
          expect(drawn, what).to.have.length(1);
          expect(inputs.every((input) => input - drawn[0].a <= 1 && input >= drawn[0].a)).to.equal(
            true,
          );
        }
      }
    }
    expect(refused).to.be.within(50, 450);
  });
});

function checkConcat(inTile: Tile, channels: readonly number[], next: Stream): void {
  const base = randomExtent(next);
  const extents = channels.map((size) => ({ ...base, channels: size }));
  const data = extents.map((extent, i) => values(extent, `part ${i}`));
  const starts = channels.map((_, i) => channels.slice(0, i).reduce((a, b) => a + b, 0));
  const total = { ...base, channels: channels.reduce((a, b) => a + b) };
  const wanted = Float32Array.from(places(total), ({ channel, ...at }) => {
    const part = starts.findLastIndex((start) => start <= channel);
    return data[part][flatOf(extents[part], { ...at, channel: channel - starts[part] })];
  });
  const layouts = extents.map((extent) => smallLayout(extent, inTile));
  const out = smallLayout(total, inTile);
  const draws = concatDraws(channels, inTile)!;
  let drawn: Texture[] | undefined;
  for (const { a, spec, uniforms } of draws) {
    drawn = runProgram(
      programText(spec),
      [a, a + 1].flatMap((part) => planesOf(data[part], layouts[part])),
      {
        ...uniforms,
        ...named('a', layoutUniforms(layouts[a])),
        ...named('b', layoutUniforms(layouts[a + 1])),
        ...named('out', layoutUniforms(out)),
      },
      { width: out.texWidth, height: out.texHeight },
      drawn,
    );
  }
  expectPlanes(drawn!, wanted, out, `[${channels}] in ${tileName(inTile)}`);
}

describe('programs that interleave, run in Node', () => {
  for (const inTile of tiles) {
    it(`take channels in turn, in ${tileName(inTile)}`, () => {
      const next = stream(1, `turns ${tileName(inTile)}`);
      for (const channels of [1, 2, 6, 16, whole(next, 3, 40)]) {
        const extent = { ...randomExtent(next), channels };
        const all = { ...extent, channels: 2 * channels };
        const [a, b] = ['a', 'b'].map((name) => values(extent, name));
        const wanted = Float32Array.from(places(all), ({ channel, ...at }) => {
          const place = flatOf(extent, { ...at, channel: channel >> 1 });
          return (channel % 2 === 0 ? a : b)[place];
        });
        const [from, out] = [extent, all].map((of) => smallLayout(of, inTile));
        const layouts = Object.entries({ a: from, b: from, out });
        const drawn = runProgram(
          programText({ family: 'interleave', tile: inTile }),
          [a, b].flatMap((data) => planesOf(data, from)),
          Object.assign({}, ...layouts.map(([name, of]) => named(name, layoutUniforms(of)))),
          { width: out.texWidth, height: out.texHeight },
        );
        expectPlanes(drawn, wanted, out, `${channels} channels each`);
      }
    });
  }
});
