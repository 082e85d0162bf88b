/** Ceilings of this device: rates of fragment shaders that only multiply-add or only fetch. */
import type { Ceilings } from '../../report/roofline.js';

const size = 512;
const wantedMs = 100;
const samples = 4;

const vertexText = /* glsl */ `#version 300 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

const chains = 8;
const unrolledMadds = 4;
/**
 * Floating-point operations of one step: a multiply and an add on four lanes for each statement.
 */
const flopsPerStep = chains * unrolledMadds * 4 * 2;

/**
 * Fragment shader of multiply-adds. Each chain depends only on itself, so that a processor can keep
 * several chains in flight.
 */
const maddText = /* glsl */ `#version 300 es
precision highp float;
uniform int steps;
uniform vec4 factor;
uniform vec4 addend;
out vec4 color;
void main() {
  vec4 a = gl_FragCoord, b = a.yzwx, c = a.zwxy, d = a.wxyz;
  vec4 e = a * factor, f = b * factor, g = c * factor, h = d * factor;
  for (int i = 0; i < steps; i++) {
${`    a = a * factor + addend; b = b * factor + addend; c = c * factor + addend; d = d * factor + addend;
    e = e * factor + addend; f = f * factor + addend; g = g * factor + addend; h = h * factor + addend;
`.repeat(unrolledMadds)}  }
  color = a + b + c + d + e + f + g + h;
}`;

/** Side of the texture in texels; small enough to stay in a processor's cache. */
const side = 128;
const fetchesPerStep = 16;

const fetchLine = (i: number) =>
  `    ${'abcd'[i % 4]} += texture(source, at + vec2(${i % 4}, ${i >> 2}) * texel);`;

/**
 * Fragment shader of fetches, which samples as the kernels do: neighbouring texels at constant
 * offsets, neighbouring texels for neighbouring fragments, one texel down with every step.
 */
const fetchText = /* glsl */ `#version 300 es
precision highp float;
precision highp sampler2D;
uniform int steps;
uniform sampler2D source;
uniform vec2 texel;
out vec4 color;
void main() {
  vec2 at = fract(gl_FragCoord.xy * texel);
  vec4 a = vec4(0.0), b = a, c = a, d = a;
  for (int i = 0; i < steps; i++) {
${Array.from({ length: fetchesPerStep }, (_, i) => fetchLine(i)).join('\n')}
    at.y = fract(at.y + texel.y);
  }
  color = a + b + c + d;
}`;

function compile(gl: WebGL2RenderingContext, fragmentText: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, text] of [
    [gl.VERTEX_SHADER, vertexText],
    [gl.FRAGMENT_SHADER, fragmentText],
  ] as const) {
    const shader = gl.createShader(type) as WebGLShader;
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`the shader of a ceiling does not link: ${gl.getProgramInfoLog(program)}`);
  }
  gl.useProgram(program);
  return program;
}

/**
 * Returns steps per nanosecond over all fragments: the best of several draws of the current
 * program.
 */
function stepsPerNs(gl: WebGL2RenderingContext, program: WebGLProgram): number {
  const steps = gl.getUniformLocation(program, 'steps');
  const pixel = new Uint8Array(4);
  const draw = (count: number): number => {
    gl.uniform1i(steps, count);
    const start = performance.now();
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    return performance.now() - start;
  };
  // The first draw includes the compilation.
  draw(1);
  let count = 1;
  while (draw(count) < wantedMs) count *= 2;
  const best = Math.min(...Array.from({ length: samples }, () => draw(count)));
  return (size * size * count) / best / 1e6;
}

function measureMadds(gl: WebGL2RenderingContext): number {
  const program = compile(gl, maddText);
  gl.uniform4f(gl.getUniformLocation(program, 'factor'), 0.5, 0.25, 0.75, 0.625);
  gl.uniform4f(gl.getUniformLocation(program, 'addend'), 1, 2, 3, 4);
  return stepsPerNs(gl, program) * flopsPerStep;
}

function measureFetches(gl: WebGL2RenderingContext): number {
  const program = compile(gl, fetchText);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, side, side);
  const values = Float32Array.from({ length: side * side * 4 }, (_, i) => i % 251);
  gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, side, side, gl.RGBA, gl.FLOAT, values);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.uniform2f(gl.getUniformLocation(program, 'texel'), 1 / side, 1 / side);
  return stepsPerNs(gl, program) * fetchesPerStep;
}

/** Measures both ceilings; needs WebGL2. */
export function measureCeilings(): Ceilings {
  const gl = new OffscreenCanvas(size, size).getContext('webgl2') as WebGL2RenderingContext;
  const ceilings = { maddGflops: measureMadds(gl), fetchGtexels: measureFetches(gl) };
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return ceilings;
}
