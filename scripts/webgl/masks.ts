/**
 * Masks that imitate devices we do not have. Each mask removes a capability from every new WebGL2
 * context: the context no longer reports the capability, and using it fails.
 */
import { errorQueue, type GlCall, onNewContext, replaceCall } from './contexts.js';

type Context = WebGL2RenderingContext;

interface Mask {
  readonly help: string;
  apply(gl: Context): void;
}

export const masks = {
  hardware: {
    help: 'a renderer that is no software, for which planes are layers of array textures',
    apply: (gl) => renderer(gl, 'ANGLE (Imagined, Imagined GPU, OpenGL ES 3.2)'),
  },
  iphone: {
    help: 'an iPhone: 64 bytes of render targets a pixel, uniform blocks of 16 KB',
    apply: (gl) => {
      renderer(gl, 'Apple GPU');
      answers(gl, { MAX_UNIFORM_BLOCK_SIZE: 16 * 1024 });
      fewerTargetBytes(gl, 64);
    },
  },
  'iphone-old': {
    help: 'an old iPhone: half float targets only, 32 bytes of them a pixel, blocks of 16 KB',
    apply: (gl) => {
      renderer(gl, 'Apple GPU');
      answers(gl, { MAX_UNIFORM_BLOCK_SIZE: 16 * 1024, MAX_TEXTURE_SIZE: 4096 });
      lacks(gl, ['EXT_color_buffer_float', 'EXT_float_blend']);
      fewerTargetBytes(gl, 32);
    },
  },
  mac: {
    help: 'a Mac: uniform blocks of 16 KB',
    apply: (gl) => {
      renderer(gl, 'ANGLE (Apple, ANGLE Metal Renderer: Apple M1, Unspecified Version)');
      answers(gl, { MAX_UNIFORM_BLOCK_SIZE: 16 * 1024 });
    },
  },
  'android-mali': {
    help: 'a phone with a Mali GPU: few registers, at most 4 render targets',
    apply: (gl) => {
      renderer(gl, 'ANGLE (ARM, Mali-G57, OpenGL ES 3.2)');
      answers(gl, { MAX_TEXTURE_SIZE: 8192 });
    },
  },
  'android-adreno': {
    help: 'a phone with an Adreno GPU',
    apply: (gl) => renderer(gl, 'ANGLE (Qualcomm, Adreno (TM) 730, OpenGL ES 3.2)'),
  },
  'windows-intel': {
    help: 'a laptop with an Intel GPU, where Chrome translates to Direct3D',
    apply: (gl) =>
      renderer(
        gl,
        'ANGLE (Intel, Intel(R) UHD Graphics 620 (0x00005917) Direct3D11 vs_5_0 ps_5_0, D3D11)',
      ),
  },
  'draw-buffers-4': { help: '4 draw buffers', apply: (gl) => fewerTargets(gl, 4) },
  'uniforms-small': {
    help: 'uniform blocks of 16 KB, and the fewest uniforms that WebGL2 allows',
    apply: (gl) => {
      answers(gl, { MAX_UNIFORM_BLOCK_SIZE: 16 * 1024, MAX_FRAGMENT_UNIFORM_VECTORS: 224 });
      refusesPrograms(gl, (program) => uniformVectors(gl, program) > 224);
    },
  },
  'texture-64': {
    help: 'textures of 64x64 texels, where almost everything folds or is too large',
    apply: (gl) => smallerTextures(gl, 64),
  },
  'texture-2048': {
    help: 'textures of 2048x2048 texels',
    apply: (gl) => smallerTextures(gl, 2048),
  },
  'texture-4096': {
    help: 'textures of 4096x4096 texels',
    apply: (gl) => smallerTextures(gl, 4096),
  },
  'no-float-targets': {
    help: 'no draws into float textures',
    apply: (gl) =>
      lacks(gl, ['EXT_color_buffer_float', 'EXT_color_buffer_half_float', 'EXT_float_blend']),
  },
  'half-float': {
    help: 'draws into half float textures only',
    apply: (gl) => lacks(gl, ['EXT_color_buffer_float', 'EXT_float_blend']),
  },
  'no-timer': {
    help: 'no timer queries',
    apply: (gl) => lacks(gl, ['EXT_disjoint_timer_query_webgl2']),
  },
  'target-bytes-64': {
    help: '64 bytes of render targets a pixel, whatever the number of draw buffers',
    apply: (gl) => fewerTargetBytes(gl, 64),
  },
  'slow-compiler': {
    help: '40 ms a program, and no compiling side by side',
    apply: (gl) => {
      lacks(gl, ['KHR_parallel_shader_compile']);
      refusesPrograms(gl, () => {
        const end = performance.now() + 40;
        while (performance.now() < end);
        return false;
      });
    },
  },
  'short-programs': {
    help: 'no program of more than 6000 characters compiles',
    apply: (gl) => rewrites(gl, (source) => (source.length > 6000 ? 'too long' : source)),
  },
  'no-shared-input': {
    help: 'no program of ours compiles in which pixels share their input',
    apply: (gl) =>
      rewrites(gl, (source) => (source.includes('ivec2 tileStep') ? 'too hard' : source)),
  },
  'wrong-target': {
    help: 'the 8th render target gets what is for the 7th',
    apply: (gl) => rewrites(gl, (source) => source.replace(/^( *target7 = ).*$/m, '$1target6;')),
  },
  'wrong-precision': {
    help: 'sums of 4 render targets or more are rounded to half floats',
    apply: (gl) =>
      rewrites(gl, (source) =>
        source.includes('target3')
          ? source.replace(/^( *target\d+ = )(.*);$/gm, '$1half4($2);').replace('void main', HALF)
          : source,
      ),
  },
} as const satisfies Record<string, Mask>;

export type MaskName = keyof typeof masks;

export const maskNames = Object.keys(masks) as MaskName[];

/** Applies a mask to every new context. Must be called before any context is created. */
export function applyMask(name: MaskName): void {
  onNewContext(masks[name].apply);
}

const HALF = /* glsl */ `vec4 half4(vec4 v) {
  return vec4(unpackHalf2x16(packHalf2x16(v.xy)), unpackHalf2x16(packHalf2x16(v.zw)));
}
void main`;

/** Overrides results of getParameter. */
function answers(gl: Context, values: Partial<Record<keyof Context, number>>): void {
  const known = new Map(
    Object.entries(values).map(([name, value]) => [gl[name as keyof Context] as number, value]),
  );
  replaceCall(gl, 'getParameter', (real, args) => known.get(args[0] as number) ?? real(...args));
}

/** Overrides the names of the renderer. */
function renderer(gl: Context, name: string): void {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const asked: unknown[] = [gl.RENDERER, info?.UNMASKED_RENDERER_WEBGL];
  replaceCall(gl, 'getParameter', (real, args) => (asked.includes(args[0]) ? name : real(...args)));
}

function lacks(gl: Context, extensions: readonly string[]): void {
  replaceCall(gl, 'getExtension', (real, args) =>
    extensions.includes(args[0] as string) ? null : real(...args),
  );
  replaceCall(gl, 'getSupportedExtensions', (real) =>
    (real() as string[]).filter((name) => !extensions.includes(name)),
  );
}

/** Makes calls for which `isWrong` holds do nothing except raise a GL error. */
function refuses(
  gl: Context,
  calls: readonly GlCall[],
  error: GLenum,
  isWrong: (args: unknown[]) => boolean,
): void {
  const raise = errorQueue(gl);
  for (const name of calls) {
    replaceCall(gl, name, (real, args) => (isWrong(args) ? raise(error) : real(...args)));
  }
}

function fewerTargets(gl: Context, count: number): void {
  answers(gl, { MAX_DRAW_BUFFERS: count, MAX_COLOR_ATTACHMENTS: count });
  const isBeyond = (attachment: unknown) => (attachment as number) >= gl.COLOR_ATTACHMENT0 + count;
  refuses(
    gl,
    ['framebufferTexture2D', 'framebufferTextureLayer'],
    gl.INVALID_OPERATION,
    ([, attachment]) => isBeyond(attachment),
  );
  refuses(gl, ['drawBuffers'], gl.INVALID_VALUE, ([buffers]) => (buffers as []).length > count);
}

/** Refuses framebuffers whose textures have more bytes a pixel than this. */
function fewerTargetBytes(gl: Context, most: number): void {
  const bytesOfFormat = new Map<number, number>([
    [gl.RGBA32F, 16],
    [gl.RGBA16F, 8],
    [gl.RGBA8, 4],
    [gl.RGBA, 4],
    [gl.R32F, 4],
    [gl.R16F, 2],
  ]);
  let texture: unknown = null;
  let framebuffer: unknown = null;
  const bytesOf = new WeakMap<object, number>();
  const targets = new WeakMap<object, Map<unknown, unknown>>();
  const isTooMuch = () => {
    let bytes = 0;
    for (const target of targets.get(framebuffer as object)?.values() ?? []) {
      bytes += target == null ? 0 : (bytesOf.get(target as object) ?? 4);
    }
    return bytes > most;
  };
  replaceCall(gl, 'bindTexture', (real, args) => {
    texture = args[1];
    return real(...args);
  });
  for (const name of ['texStorage2D', 'texStorage3D', 'texImage2D'] as const) {
    replaceCall(gl, name, (real, args) => {
      if (texture !== null)
        bytesOf.set(texture as object, bytesOfFormat.get(args[2] as number) ?? 4);
      return real(...args);
    });
  }
  replaceCall(gl, 'bindFramebuffer', (real, args) => {
    framebuffer = args[1];
    return real(...args);
  });
  for (const [name, at] of [
    ['framebufferTexture2D', 3],
    ['framebufferTextureLayer', 2],
  ] as const) {
    replaceCall(gl, name, (real, args) => {
      if (framebuffer !== null) {
        const known = targets.get(framebuffer as object) ?? new Map();
        targets.set(framebuffer as object, known.set(args[1], args[at]));
      }
      return real(...args);
    });
  }
  replaceCall(gl, 'checkFramebufferStatus', (real, args) =>
    isTooMuch() ? gl.FRAMEBUFFER_UNSUPPORTED : real(...args),
  );
  const draws: GlCall[] = ['drawArrays', 'drawElements', 'readPixels', 'clearBufferfv'];
  refuses(gl, draws, gl.INVALID_FRAMEBUFFER_OPERATION, isTooMuch);
}

function smallerTextures(gl: Context, side: number): void {
  answers(gl, { MAX_TEXTURE_SIZE: side, MAX_RENDERBUFFER_SIZE: side });
  const isTooLarge = ([, , , width, height]: unknown[]) => Math.max(+width!, +height!) > side;
  refuses(gl, ['texStorage2D', 'texStorage3D'], gl.INVALID_VALUE, isTooLarge);
}

/** Reports the link of a program as failed if `isBad`, called once per program, returns true. */
function refusesPrograms(gl: Context, isBad: (program: WebGLProgram) => boolean): void {
  const known = new WeakMap<WebGLProgram, boolean>();
  replaceCall(gl, 'getProgramParameter', (real, args) => {
    const [program, what] = args as [WebGLProgram, GLenum];
    const answer = real(...args);
    if (what !== gl.LINK_STATUS || answer !== true) return answer;
    if (!known.has(program)) known.set(program, isBad(program));
    return !known.get(program);
  });
}

/** Returns an upper bound on the uniforms of a program, in vectors. */
function uniformVectors(gl: Context, program: WebGLProgram): number {
  const count: number = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS);
  let vectors = 0;
  for (let i = 0; i < count; i++) vectors += gl.getActiveUniform(program, i)?.size ?? 0;
  return vectors;
}

function rewrites(gl: Context, rewritten: (source: string) => string): void {
  replaceCall(gl, 'shaderSource', (real, [shader, source]) =>
    real(shader, rewritten(source as string)),
  );
}
