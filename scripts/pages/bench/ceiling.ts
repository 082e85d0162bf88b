/** The multiply-add ceiling of this device: what fragment shaders do when they do nothing else. */

const size = 512;
const chains = 8;
const unrolled = 4;
/** Multiply and add, on four lanes. */
const flopsPerStep = chains * unrolled * 4 * 2;
const wantedMs = 100;
const samples = 4;

const vertexText = /* glsl */ `#version 300 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

/** Each chain depends on itself alone, so that a processor can keep several going. */
const fragmentText = /* glsl */ `#version 300 es
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
`.repeat(unrolled)}  }
  color = a + b + c + d + e + f + g + h;
}`;

function compile(gl: WebGL2RenderingContext): WebGLProgram {
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
    throw new Error(`the shader of the ceiling does not link: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}

/** Best of several draws, in GFLOP/s, a multiply-add counted as two; needs WebGL2. */
export function measureMaddGflops(): number {
  const gl = new OffscreenCanvas(size, size).getContext('webgl2') as WebGL2RenderingContext;
  const program = compile(gl);
  gl.useProgram(program);
  gl.uniform4f(gl.getUniformLocation(program, 'factor'), 0.5, 0.25, 0.75, 0.625);
  gl.uniform4f(gl.getUniformLocation(program, 'addend'), 1, 2, 3, 4);
  const steps = gl.getUniformLocation(program, 'steps');
  const pixel = new Uint8Array(4);
  const draw = (count: number): number => {
    gl.uniform1i(steps, count);
    const start = performance.now();
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    return performance.now() - start;
  };
  // The first draw finishes the compile.
  draw(1);
  let count = 1;
  while (draw(count) < wantedMs) count *= 2;
  const best = Math.min(...Array.from({ length: samples }, () => draw(count)));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return (size * size * count * flopsPerStep) / best / 1e6;
}
