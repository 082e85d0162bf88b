import { expect } from 'chai';
import { programSource } from '../../../kernels/webgl/programs/source.js';
import { Shader } from '../../support/glsl/glsl.js';
import { runProgram } from '../../support/glsl/glslRun.js';
import type { Value } from '../../support/glsl/glslValues.js';

/** Runs `type f() { body }` after some declarations. */
function run(type: string, body: string, before = ''): Value {
  return new Shader(`${before}\n${type} f() { ${body} }`).run('f');
}

describe('the GLSL interpreter', () => {
  const values: [type: string, expression: string, value: Value][] = [
    ['int', '1 + 2 * 3 - 4', 3],
    ['int', '7 / 2 + (-7) / 2', 0],
    ['int', '17 % 5', 2],
    ['int', '(5 & 3) | (1 << 4) ^ (64 >> 2)', 1],
    ['int', '10 - 4 - 3', 3],
    ['int', '1 < 2 && !(3 <= 2) ? 5 : 6', 5],
    ['bool', 'false && 1 % -1 == 0', 0],
    ['bool', 'true || 1 % -1 == 0', 1],
    ['float', '0.1 + 0.2', Math.fround(Math.fround(0.1) + Math.fround(0.2))],
    ['float', '1.0 / 0.0', Number.POSITIVE_INFINITY],
    ['vec2', 'vec4(1.0, 2.0, 3.0, 4.0).wy', [4, 2]],
    ['vec4', 'vec4(vec2(1.0, 2.0), 3.0, 4.0) * 2.0', [2, 4, 6, 8]],
    ['ivec2', 'ivec2(vec2(2.9, -2.9))', [2, -2]],
    ['ivec2', '6 - ivec2(1, 2)', [5, 4]],
    ['vec4', 'vec4(bvec4(ivec4(0, 1, 2, 3)))', [0, 1, 1, 1]],
    ['bvec4', 'lessThan(ivec4(0, 1, 2, 3), ivec4(2))', [1, 1, 0, 0]],
    ['bool', 'all(lessThan(ivec2(0, 1), ivec2(2)))', 1],
    ['bool', 'all(lessThan(ivec2(0, 2), ivec2(2)))', 0],
    ['vec2', 'mix(vec2(1.0), vec2(0.0 / 0.0), bvec2(true, false))', [Number.NaN, 1]],
    ['uint', 'floatBitsToUint(-1.0) & 0x7fffffffu', 0x3f800000],
    ['float', '-vec4(1.0)[2]', -1],
    ['float', 'max(abs(-3.0), min(1.0, 2.0)) + sign(-5.0) + inversesqrt(4.0)', 2.5],
  ];
  for (const [type, expression, value] of values) {
    it(`evaluates ${expression} to ${JSON.stringify(value)}`, () => {
      expect(run(type, `return ${expression};`)).to.deep.equal(value);
    });
  }

  it('runs loops, branches and switches', () => {
    const sum = `int sum = 0;
      for (int i = 0; i < 10; ++i) { if (i == 2) continue; else if (i > 5) break; sum += i; }
      return sum;`;
    expect(run('int', sum)).to.equal(13);
    const shader = new Shader(`int f(int v) {
      switch (v) { case 1: return 10; case 2: v += 5; case 3: v *= 2; break; case 4: return 0; }
      return v;
    }`);
    expect([1, 2, 3, 4, 5].map((v) => shader.run('f', v))).to.deep.equal([10, 14, 6, 0, 5]);
  });

  it('copies vectors, and stores components', () => {
    const body = 'ivec4 a = ivec4(1); ivec4 b = a; b.y += 4; b[3] = 9; return a * 10 + b;';
    expect(run('ivec4', body)).to.deep.equal([11, 15, 11, 19]);
  });

  it('stores elements of arrays, and refuses others', () => {
    const filled = 'vec2 a[3]; for (int i = 0; i < 3; ++i) a[i] = vec2(i, 1.0); a[1].y += 4.0;';
    expect(run('vec2', `${filled} return a[0] + a[1] * 10.0 + a[2];`)).to.deep.equal([12, 52]);
    expect(() => run('int', 'int a[2]; a[2] = 1; return 0;')).to.throw('int[2][2]');
    expect(() => run('int', 'int a[2]; a[0] = 1; return a[1];')).to.throw('element 1 is not set');
  });

  it('calls functions with variables of their own', () => {
    const before = 'struct S { ivec2 at; };\nint twice(S s) { int v = s.at.y * 2; return v; }';
    const shader = new Shader(`${before}\nint f(S s) { int v = 1; return v + twice(s) + v; }`);
    expect(shader.run('f', { at: [3, 4] })).to.equal(10);
  });

  it('keeps variables to their block', () => {
    expect(run('int', 'int v = 1; { int v = 2; v += 1; } return v;')).to.equal(1);
    expect(() => run('int', '{ int v = 2; } return v;')).to.throw('v is not declared');
  });

  const refused: [type: string, body: string, message: string][] = [
    ['float', 'return 1;', 'glsl line 2: a int stands where a float should'],
    ['float', 'return 1.0 + 2;', 'there is no float + int'],
    ['vec4', 'return vec4(1.0, 2.0);', 'there is no vec4(float, float)'],
    ['vec4', 'return vec4(1.0) * vec2(2.0);', 'there is no vec4 * vec2'],
    ['int', 'return v;', 'v is not declared'],
    ['int', 'const int v = 1; v = 2; return v;', 'what stands left of = cannot be written'],
    ['int', 'int v = 1; int v = 2; return v;', 'v is declared twice'],
    ['int', 'int v = 1.0; return v;', 'a float stands where a int should'],
    ['float', 'return vec2(1.0).z;', 'vec2 has no .z'],
    ['float', 'return vec2(1.0)[2];', 'vec2[2]'],
    ['int', 'if (1) return 1; return 2;', 'a int stands where a bool should'],
    ['int', 'return 1', '} stands where ; should'],
    ['int', 'int v; return v;', 'v is read before it is set'],
    ['int', 'return (3 - 5) % 4;', '-2 % 4 is undefined, as an operand is negative'],
    ['int', 'return 1 / (2 - 2);', 'integer divide of 1 by 0 is undefined'],
    ['int', 'int v = 1;', 'f ends without a result'],
    ['int', 'return g(1);', 'there is no g(int)'],
    ['int', 'return 1 $ 2;', 'no token starts at "$ 2'],
  ];
  for (const [type, body, message] of refused) {
    it(`refuses ${body}`, () => expect(() => run(type, body)).to.throw(message));
  }
});

describe('a program run in Node', () => {
  const source = (body: string) =>
    programSource({
      samplers: ['x'],
      targets: 1,
      layouts: [],
      chunks: ['uniform ivec2 step;'],
      body,
    });
  const x = { width: 2, height: 1, data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
  const uniforms = { step: [1, 0], notOfTheProgram: 7 };
  const shifted = source('target0 = texelFetch(x, ivec2(gl_FragCoord.xy) + step, 0);');

  it('draws each texel, and fetches NaN outside a texture', () => {
    const [{ width, height, data }] = runProgram(shifted, [x], uniforms, x);
    expect([width, height]).to.deep.equal([2, 1]);
    expect([...data]).to.deep.equal([5, 6, 7, 8, NaN, NaN, NaN, NaN]);
  });

  it('requires every uniform, with its declared type', () => {
    expect(() => runProgram(shifted, [x], {}, x)).to.throw('ivec2 step is given undefined');
    expect(() => runProgram(shifted, [x], { step: 1 }, x)).to.throw('ivec2 step is given 1');
    expect(() => runProgram(shifted, [x], { step: [0.5, 1] }, x)).to.throw('is given 0.5,1');
  });

  it('keeps the old texel where it discards', () => {
    const half = source('if (gl_FragCoord.x < 1.0) discard; target0 = vec4(9.0);');
    const data = (textures: readonly { data: Float32Array }[]) => [...textures[0].data];
    const left = [NaN, NaN, NaN, NaN];
    expect(data(runProgram(half, [x], uniforms, x))).to.deep.equal([...left, 9, 9, 9, 9]);
    expect(data(runProgram(half, [x], uniforms, x, [x]))).to.deep.equal([1, 2, 3, 4, 9, 9, 9, 9]);
  });

  it('requires every texture, and a value for every target', () => {
    expect(() => runProgram(shifted, [], uniforms, x)).to.throw('x are 1, but 0 textures');
    const lazy = source('if (gl_FragCoord.x < 1.0) target0 = vec4(0.0);');
    expect(() => runProgram(lazy, [x], uniforms, x)).to.throw('target0 is not written');
  });
});
