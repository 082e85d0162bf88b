import { expect } from 'chai';
import { skipRepeats } from '../../../../../src/webgl/device/skipRepeats.js';

type Call = readonly [name: string, ...given: unknown[]];

const constants = {
  FRAMEBUFFER: 1,
  READ_FRAMEBUFFER: 2,
  DRAW_FRAMEBUFFER: 3,
  TEXTURE_2D: 4,
  TEXTURE_2D_ARRAY: 5,
  TEXTURE0: 100,
};

/** Returns a context that notes its calls, and the calls that reach it past skipRepeats(). */
function contextOf() {
  const calls: Call[] = [];
  const noting = new Proxy({} as Record<string, unknown>, {
    get: (known, name: string) => {
      if (name in constants) return constants[name as keyof typeof constants];
      known[name] ??= (...given: unknown[]) => void calls.push([name, ...given]);
      return known[name];
    },
  });
  const gl = noting as unknown as WebGL2RenderingContext;
  skipRepeats(gl);
  return { gl, calls };
}

const [a, b] = ['a', 'b'] as unknown as (WebGLTexture & WebGLFramebuffer & WebGLProgram)[];

describe('a context that skips repeated calls', () => {
  it('passes on programs, vertex arrays and viewports only when they change', () => {
    const { gl, calls } = contextOf();
    for (const program of [a, a, b, a]) gl.useProgram(program);
    for (const array of [a, a, null]) gl.bindVertexArray(array as never);
    for (const width of [3, 3, 4]) gl.viewport(0, 0, width, 5);
    expect(calls).to.deep.equal([
      ['useProgram', a],
      ['useProgram', b],
      ['useProgram', a],
      ['bindVertexArray', a],
      ['bindVertexArray', null],
      ['viewport', 0, 0, 3, 5],
      ['viewport', 0, 0, 4, 5],
    ]);
  });

  it('knows the framebuffers of draws and of reads apart', () => {
    const { gl, calls } = contextOf();
    gl.bindFramebuffer(gl.FRAMEBUFFER, a);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, a);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, b);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, a);
    gl.bindFramebuffer(gl.FRAMEBUFFER, a);
    expect(calls).to.deep.equal([
      ['bindFramebuffer', gl.FRAMEBUFFER, a],
      ['bindFramebuffer', gl.READ_FRAMEBUFFER, b],
      ['bindFramebuffer', gl.FRAMEBUFFER, a],
    ]);
  });

  it('binds a deleted framebuffer, vertex array or texture again', () => {
    const { gl, calls } = contextOf();
    gl.bindFramebuffer(gl.FRAMEBUFFER, a);
    gl.deleteFramebuffer(a);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, a);
    gl.bindVertexArray(b as never);
    gl.deleteVertexArray(b as never);
    gl.bindVertexArray(b as never);
    gl.bindTexture(gl.TEXTURE_2D, a);
    gl.deleteTexture(a);
    gl.bindTexture(gl.TEXTURE_2D, a);
    const names = calls.map(([name]) => name);
    expect(names).to.deep.equal([
      'bindFramebuffer',
      'deleteFramebuffer',
      'bindFramebuffer',
      'bindVertexArray',
      'deleteVertexArray',
      'bindVertexArray',
      'bindTexture',
      'deleteTexture',
      'bindTexture',
    ]);
  });

  it('activates a unit only for a texture that is bound or used there', () => {
    const { gl, calls } = contextOf();
    const bind = (unit: number, texture: WebGLTexture | null, kind: GLenum = gl.TEXTURE_2D) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(kind, texture);
    };
    bind(0, a);
    bind(1, b);
    bind(0, a);
    bind(1, b);
    bind(1, b, gl.TEXTURE_2D_ARRAY);
    gl.activeTexture(gl.TEXTURE0);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 1, 1, 6, 7, null);
    expect(calls).to.deep.equal([
      ['bindTexture', gl.TEXTURE_2D, a],
      ['activeTexture', gl.TEXTURE0 + 1],
      ['bindTexture', gl.TEXTURE_2D, b],
      ['bindTexture', gl.TEXTURE_2D_ARRAY, b],
      ['activeTexture', gl.TEXTURE0],
      ['texSubImage2D', gl.TEXTURE_2D, 0, 0, 0, 1, 1, 6, 7, null],
    ]);
  });

  it('passes on a uniform without a value, and forgets what was there', () => {
    const { gl, calls } = contextOf();
    const location = {} as WebGLUniformLocation;
    gl.uniform1i(location, 3);
    gl.uniform1i(location, undefined as never);
    gl.uniform1i(location, 3);
    expect(calls.map(([, , value]) => value)).to.deep.equal([3, undefined, 3]);
  });

  it('sends the value of a uniform again only when it changes, sign of zero and NaN told apart', () => {
    const { gl, calls } = contextOf();
    const [here, there] = [{}, {}] as WebGLUniformLocation[];
    gl.uniform1f(here, 0);
    gl.uniform1f(here, -0);
    gl.uniform1f(here, -0);
    gl.uniform1f(there, -0);
    gl.uniform1f(here, Number.NaN);
    gl.uniform1f(here, Number.NaN);
    const values = [1, 2];
    gl.uniform2iv(there, values);
    gl.uniform2iv(there, [1, 2]);
    values[1] = 3;
    gl.uniform2iv(there, values);
    gl.uniform1i(null, 5);
    const sent = calls.map(([name, location]) => [name, location === here ? 'here' : 'there']);
    expect(sent).to.deep.equal([
      ['uniform1f', 'here'],
      ['uniform1f', 'here'],
      ['uniform1f', 'there'],
      ['uniform1f', 'here'],
      ['uniform2iv', 'there'],
      ['uniform2iv', 'there'],
    ]);
  });
});
