import { expect } from 'chai';
import { type ParameterBlock, Parameters } from '../../../../../src/webgl/device/parameters.js';

const constants = {
  NO_ERROR: 0,
  UNIFORM_BUFFER: 1,
  DYNAMIC_DRAW: 2,
  UNIFORM_BUFFER_OFFSET_ALIGNMENT: 3,
};

/** Buffers that hold what was written, in a context that notes what is bound. */
function contextOf(alignment = 256) {
  const buffers: Uint8Array[] = [];
  let target: Uint8Array | null = null;
  const seen = { writes: 0, binds: 0, resources: 0, words: [] as number[] };
  const gl = {
    ...constants,
    getParameter: () => alignment,
    createBuffer: () => ({}),
    bindBuffer: (_: number, buffer: { bytes?: Uint8Array }) => {
      if (buffer.bytes === undefined) {
        buffer.bytes = new Uint8Array(1 << 16);
        buffers.push(buffer.bytes);
      }
      target = buffer.bytes;
    },
    bufferData: () => {},
    getError: () => 0,
    bufferSubData: (_: number, offset: number, words: Int32Array) => {
      seen.writes++;
      target!.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), offset);
    },
    bindBufferRange: (_: number, __: number, of: object, offset: number, size: number) => {
      seen.binds++;
      expect(offset % alignment).to.equal(0);
      const { bytes } = of as { bytes: Uint8Array };
      expect(offset + size).to.be.at.most(bytes.length);
      seen.words = [...new Int32Array(bytes.slice(offset, offset + size).buffer)];
    },
    deleteBuffer: () => void buffers.pop(),
  };
  const context = gl as unknown as WebGL2RenderingContext;
  return { parameters: new Parameters(context, () => void seen.resources++), seen, buffers };
}

const block = (words = 6): ParameterBlock => ({
  words,
  fields: new Map([
    ['xLayout.grid', { word: 0, isFloat: false }],
    ['fill', { word: 4, isFloat: true }],
  ]),
});

const floatBits = (value: number) => new Int32Array(new Float32Array([value]).buffer)[0];

describe('parameters of draws', () => {
  it('are put where the program has them, with zeros for members that have no value', () => {
    const { parameters, seen } = contextOf();
    const program = block();
    const values = { 'xLayout.grid': [1, 2, 3, 4], fill: 0.5, unknown: 9 };
    parameters.bind(program, [['', values]]);
    expect(seen.words).to.deep.equal([1, 2, 3, 4, floatBits(0.5), 0]);
    parameters.bind(program, [['', { fill: -0 }]]);
    expect(seen.words).to.deep.equal([0, 0, 0, 0, floatBits(-0), 0]);
  });

  it('are written once, and bound only when other ones were bound meanwhile', () => {
    const { parameters, seen } = contextOf();
    const [one, other] = [block(), block()];
    const bind = (program: ParameterBlock, fill: number) =>
      parameters.bind(program, [['', { fill }]]);
    bind(one, 1);
    bind(one, 1);
    expect([seen.writes, seen.binds]).to.deep.equal([1, 1]);
    bind(other, 1);
    bind(one, 1);
    bind(one, 2);
    bind(one, 1);
    expect([seen.writes, seen.binds]).to.deep.equal([3, 5]);
    expect(seen.words[4]).to.equal(floatBits(1));
  });

  it('share a few buffers, each of which counts as a new resource', () => {
    const { parameters, seen, buffers } = contextOf();
    const programs = Array.from({ length: 600 }, () => block());
    for (const program of programs) parameters.bind(program, [['', { fill: 1 }]]);
    expect([buffers.length, seen.resources]).to.deep.equal([3, 3]);
    parameters.dispose();
    expect(buffers).to.deep.equal([]);
  });

  it('of one program that never repeat overwrite the oldest ones', () => {
    const { parameters, seen, buffers } = contextOf();
    const program = block();
    const bind = (fill: number) => parameters.bind(program, [['', { fill }]]);
    for (let i = 0; i < 1000; i++) {
      bind(i);
      expect(seen.words[4]).to.equal(floatBits(i));
    }
    expect(buffers).to.have.length(1);
    const { writes } = seen;
    bind(999);
    bind(900);
    expect(seen.writes, 'still known').to.equal(writes);
    bind(1);
    expect(seen.writes, 'overwritten').to.equal(writes + 1);
    expect(seen.words[4]).to.equal(floatBits(1));
  });
});
