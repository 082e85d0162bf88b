/**
 * Programs that measure a device: each spends its time on one kind of work, `turns` times over. Their
 * results are of no use.
 */

import { filterBlockGlsl } from '../layout/filterBlock.glsl.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { type ProgramSource, programSource, range, type Samplers } from './source.js';

/** Kind of work: a fetch of a texel, of a weight in a texture, a vec4 multiply-add, a weight in a block. */
export type ProbeWork = 'fetch' | 'weight' | 'multiplyAdd' | 'block';

export interface ProbeSpec {
  readonly family: 'probe';
  readonly work: ProbeWork;
}

/** Tile of the operand x of `fetch`. */
export const probeTile: Tile = { w: 4, h: 2, c: 1 };

/** Texels across and down the planes of both operands. */
export const PROBE_SIDE = 64;

/** Bytes of the block of `block`. */
export const PROBE_BLOCK = 4096;

/** Number of independent sums, so that none waits for the one before. */
const SUMS = 8;

/** Number of times that a turn does its work. */
export const workOfTurn: Record<ProbeWork, number> = {
  fetch: SUMS,
  weight: SUMS,
  multiplyAdd: 2 * SUMS,
  block: SUMS,
};

interface Text {
  readonly samplers?: readonly Samplers[];
  readonly layouts?: readonly string[];
  readonly chunks?: readonly string[];
  /** Lines of a turn before its sums. */
  readonly lines?: readonly string[];
  /** Statement that does the work for sum k. */
  work(k: number): string;
}

const planes = planeNames('x', probeTile);

const texts: Record<ProbeWork, Text> = {
  fetch: {
    samplers: [planes],
    layouts: ['x'],
    lines: ['vec2 at = (base + vec2(float(turn & 3), float((turn >> 2) & 3))) * xLayout.texel;'],
    work: (k) => `sum${k} += texture(${planes[k]}, at);`,
  },
  weight: {
    samplers: ['w'],
    layouts: ['w'],
    lines: [
      `int first = (turn * ${SUMS} + none) & ${PROBE_SIDE ** 2 - 1};`,
      `vec2 at = (vec2(float(first & ${PROBE_SIDE - 1}), float(first / ${PROBE_SIDE})) + 0.5) * wLayout.texel;`,
    ],
    work: (k) => `sum${k} += texture(w, at + vec2(${k}.0 * wLayout.texel.x, 0.0));`,
  },
  multiplyAdd: {
    work: (k) => `sum${k} = sum${k} * factor + base.x; sum${k} = sum${k} * factor + base.y;`,
  },
  block: {
    chunks: [filterBlockGlsl(PROBE_BLOCK, SUMS)],
    lines: [`int at = turn & ${PROBE_BLOCK / 16 / SUMS - 1};`],
    work: (k) => `sum${k} = sum${k} * factor + weightTurns[at].texels[${k}];`,
  },
};

export function probeProgram({ work }: ProbeSpec): ProgramSource {
  const { samplers = [], layouts = [], chunks = [], lines = [], work: statement } = texts[work];
  return programSource({
    samplers,
    targets: 1,
    layouts,
    chunks: ['uniform int turns;\nuniform float factor;', ...chunks],
    body: [
      `  vec2 base = mod(gl_FragCoord.xy, ${PROBE_SIDE - 4}.0);`,
      // Zero, but not for the compiler, which would know that all fragments fetch the same weight.
      '  int none = int(gl_FragCoord.x) >> 16;',
      ...range(SUMS).map((k) => `  vec4 sum${k} = vec4(base, factor, ${k}.0);`),
      '  for (int turn = 0; turn < turns; turn++) {',
      ...lines.map((line) => `    ${line}`),
      ...range(SUMS).map((k) => `    ${statement(k)}`),
      '  }',
      `  target0 = ${range(SUMS)
        .map((k) => `sum${k}`)
        .join(' + ')} + float(none);`,
    ].join('\n'),
  });
}
