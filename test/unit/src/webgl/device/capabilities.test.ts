import { expect } from 'chai';
import { profileOf } from '../../../../../kernels/webgl/devices.js';
import { readCapabilities } from '../../../../../src/webgl/device/capabilities.js';

/** Renderer strings as browsers report them. */
const software = [
  'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)',
  'ANGLE (Google, Vulkan 1.1.0 (SwiftShader Device (LLVM 10.0.0) (0x0000C0DE)), SwiftShader driver)',
  'Google SwiftShader',
  'Android Emulator OpenGL ES Translator (Google SwiftShader)',
  'ANGLE (Mesa, llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5 (Core Profile) Mesa 22.3.6)',
  'llvmpipe (LLVM 12.0.0, 256 bits)',
  'llvmpipe, or similar',
  'Gallium 0.4 on softpipe',
  'Software Rasterizer',
  'Mesa DRI swrast',
  'Mesa OffScreen',
  'ANGLE (Mesa, Vulkan 1.3.255 (lavapipe (LLVM 15.0.7, 256 bits)), lavapipe)',
  'Apple Software Renderer',
  'ANGLE (Apple, Apple Software Renderer, OpenGL 4.1)',
  'ANGLE (Microsoft, Microsoft Basic Render Driver (0x0000008C) Direct3D11 vs_5_0 ps_5_0, D3D11)',
  'ANGLE (Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0)',
];

const hardware = [
  'ANGLE (NVIDIA, NVIDIA GeForce RTX 3080 (0x00002206) Direct3D11 vs_5_0 ps_5_0, D3D11)',
  'ANGLE (NVIDIA Corporation, NVIDIA GeForce GTX 1060 6GB/PCIe/SSE2, OpenGL 4.5.0)',
  'ANGLE (NVIDIA, Vulkan 1.3.277 (NVIDIA H100 80GB HBM3 (0x00002330)), NVIDIA)',
  'NVIDIA Tegra X1 (nvgpu)/integrated',
  'ANGLE (AMD, AMD Radeon RX 6800 XT (0x000073BF) Direct3D11 vs_5_0 ps_5_0, D3D11)',
  'ANGLE (AMD, AMD Radeon Graphics (renoir, LLVM 15.0.7, DRM 3.49, 6.1.0), OpenGL 4.6)',
  'AMD Radeon Pro 5300M OpenGL Engine',
  'ANGLE (Intel, Intel(R) UHD Graphics 630 (0x00003E9B) Direct3D11 vs_5_0 ps_5_0, D3D11)',
  'ANGLE (Intel, Mesa Intel(R) Xe Graphics (TGL GT2), OpenGL 4.6)',
  'Mesa DRI Intel(R) HD Graphics 520 (Skylake GT2)',
  'Intel Iris OpenGL Engine',
  'ANGLE (Apple, ANGLE Metal Renderer: Apple M1 Pro, Unspecified Version)',
  'Apple M2',
  'Apple GPU',
  'Adreno (TM) 740',
  'ANGLE (Qualcomm, Adreno (TM) 660, OpenGL ES 3.2)',
  'ANGLE (Qualcomm, Qualcomm(R) Adreno(TM) X1-85 GPU Direct3D11 vs_5_0 ps_5_0, D3D11)',
  'Mali-G78',
  'ANGLE (ARM, Mali-G715-Immortalis MC11, OpenGL ES 3.2)',
  'ANGLE (Samsung Electronics Co., Ltd., ANGLE (Samsung Xclipse 940) on Vulkan 1.3.279)',
  'PowerVR Rogue GE8320',
  'V3D 4.2',
];

describe('a software renderer', () => {
  for (const renderer of software) {
    it(`is ${renderer}`, () => expect(profileOf(renderer).software).to.equal(true));
  }
  for (const renderer of hardware) {
    it(`is not ${renderer}`, () => expect(profileOf(renderer).software).to.equal(false));
  }
});

/** Framebuffers of a context that are complete with up to 4 textures of RGBA32F, and more of others. */
function framebuffers() {
  const formats = new Map<object, string>();
  const attached = new Map<number, object>();
  let bound: object = {};
  const isComplete = () => {
    const all = [...attached.values()].map((texture) => formats.get(texture));
    return all.filter((format) => format === 'RGBA32F').length <= 4;
  };
  return {
    COLOR_ATTACHMENT0: 0,
    RGBA32F: 'RGBA32F',
    RGBA16F: 'RGBA16F',
    FRAMEBUFFER_UNSUPPORTED: 'unsupported',
    NO_ERROR: 0,
    getError: () => 0,
    createFramebuffer: () => ({}),
    createTexture: () => ({}),
    bindFramebuffer: () => {},
    bindTexture: (_: unknown, texture: object) => {
      bound = texture;
    },
    texStorage2D: (_: unknown, _levels: number, format: string) => formats.set(bound, format),
    framebufferTexture2D: (...[, place, , texture]: [unknown, number, unknown, object | null]) => {
      if (texture === null) attached.delete(place);
      else attached.set(place, texture);
    },
    drawBuffers: () => {},
    checkFramebufferStatus: () => (isComplete() ? 'complete' : 'unsupported'),
    isContextLost: () => false,
    deleteFramebuffer: () => attached.clear(),
    deleteTexture: () => {},
  };
}

/** Makes a context with these parameters and extensions; a parameter's constant is its own name. */
function context(
  parameters: Readonly<Record<string, unknown>>,
  extensions: Readonly<Record<string, object>>,
): WebGL2RenderingContext {
  const names = Object.keys(parameters).map((name) => [name, name]);
  return {
    ...Object.fromEntries(names),
    getParameter: (name: string) => parameters[name],
    getExtension: (name: string) => extensions[name] ?? null,
    ...framebuffers(),
  } as unknown as WebGL2RenderingContext;
}

describe('the capabilities of a context', () => {
  const parameters = {
    RENDERER: 'WebKit WebGL',
    UNMASKED_RENDERER_WEBGL: 'llvmpipe (LLVM 15.0.6, 256 bits)',
    MAX_TEXTURE_SIZE: 16384,
    MAX_DRAW_BUFFERS: 8,
    MAX_COLOR_ATTACHMENTS: 8,
    MAX_TEXTURE_IMAGE_UNITS: 32,
    MAX_UNIFORM_BLOCK_SIZE: 65536,
    UNIFORM_BUFFER_OFFSET_ALIGNMENT: 256,
  };
  const unmasked = {
    WEBGL_debug_renderer_info: { UNMASKED_RENDERER_WEBGL: 'UNMASKED_RENDERER_WEBGL' },
  };

  it('include the unmasked renderer when the browser reveals it', () => {
    const extensions = { ...unmasked, EXT_color_buffer_float: {} };
    expect(readCapabilities(context(parameters, extensions))).to.deep.equal({
      renderer: 'llvmpipe (LLVM 15.0.6, 256 bits)',
      profile: profileOf('llvmpipe'),
      floatTargets: 4,
      halfTargets: 8,
      maxTextureSize: 16383,
      maxSamplers: 32,
      maxBlockBytes: 65536,
      blockAlignment: 256,
    });
  });

  it('include the plain renderer when it does not', () => {
    const found = readCapabilities(context(parameters, {}));
    expect(found).to.include({
      renderer: 'WebKit WebGL',
      profile: profileOf('?'),
      floatTargets: 0,
      halfTargets: 0,
    });
  });
});
