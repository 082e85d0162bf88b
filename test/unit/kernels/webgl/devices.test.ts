import { expect } from 'chai';
import type { DeviceProfile } from '../../../../kernels/webgl/deviceProfile.js';
import { profileNamed, profileOf, profiles } from '../../../../kernels/webgl/devices.js';

/** Returns the string of ANGLE on Direct3D 11, as browsers on Windows give it. */
const d3d = (vendor: string, device: string) =>
  `ANGLE (${vendor}, ${device} Direct3D11 vs_5_0 ps_5_0, D3D11)`;
/** Returns the string of ANGLE on OpenGL, as Chrome gives it. */
const gl = (vendor: string, device: string, version = 'OpenGL 4.5.0') =>
  `ANGLE (${vendor}, ${device}, ${version})`;
const metal = (vendor: string, device: string) =>
  `ANGLE (${vendor}, ANGLE Metal Renderer: ${device}, Unspecified Version)`;
const vulkan = (vendor: string, device: string, driver: string) =>
  `ANGLE (${vendor}, Vulkan 1.3.277 (${device} (0x00001234)), ${driver})`;

/** Renderers as browsers report them, by the profile that describes them. */
const renderers: Readonly<Record<string, readonly string[]>> = {
  llvmpipe: [
    'llvmpipe (LLVM 15.0.7, 256 bits)',
    'llvmpipe, or similar',
    gl('Mesa', 'llvmpipe (LLVM 15.0.6, 256 bits)', 'OpenGL 4.5 (Core Profile) Mesa 22.3.6'),
    'Gallium 0.4 on softpipe',
  ],
  swiftshader: [
    'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)',
    'Google SwiftShader',
    'Apple Software Renderer',
    d3d('Microsoft', 'Microsoft Basic Render Driver (0x0000008C)'),
    metal('Apple', 'Apple Paravirtual device'),
  ],
  'nvidia-turing': [
    d3d('NVIDIA', 'NVIDIA GeForce RTX 2060 (0x00001F08)'),
    d3d('NVIDIA', 'NVIDIA GeForce RTX 2080 Ti (0x00001E07)'),
    d3d('NVIDIA', 'NVIDIA GeForce RTX 2070 with Max-Q Design (0x00001F10)'),
    d3d('NVIDIA', 'NVIDIA GeForce GTX 1660 Ti (0x00002182)'),
    d3d('NVIDIA', 'NVIDIA GeForce MX450 (0x00001F97)'),
    d3d('NVIDIA', 'Quadro RTX 4000 (0x00001EB1)'),
    gl('NVIDIA Corporation', 'NVIDIA GeForce RTX 2070 SUPER/PCIe/SSE2'),
    gl('NVIDIA Corporation', 'NVIDIA GeForce GTX 1650/PCIe/SSE2'),
    vulkan('NVIDIA', 'NVIDIA TITAN RTX', 'NVIDIA'),
    vulkan('NVIDIA', 'Tesla T4', 'NVIDIA'),
    'NVIDIA GeForce RTX 2060/PCIe/SSE2',
    d3d('NVIDIA', 'NVIDIA GeForce MX550 (0x00001F9F)'),
    d3d('NVIDIA', 'NVIDIA T1000 (0x00001FB0)'),
    gl('NVIDIA Corporation', 'Quadro T2000/PCIe/SSE2'),
    gl('Mesa', 'NV166', 'OpenGL 4.3 (Core Profile) Mesa 22.3.6'),
  ],
  nvidia: [
    d3d('NVIDIA', 'NVIDIA GeForce GTX 980 (0x000013C0)'),
    d3d('NVIDIA', 'NVIDIA GeForce GTX 1060 6GB (0x00001C03)'),
    d3d('NVIDIA', 'NVIDIA GeForce RTX 3060 Laptop GPU (0x00002520)'),
    d3d('NVIDIA', 'NVIDIA GeForce RTX 4090 (0x00002684)'),
    d3d('NVIDIA', 'NVIDIA GeForce RTX 5080 (0x00002C02)'),
    d3d('NVIDIA', 'NVIDIA GeForce MX150 (0x00001D10)'),
    d3d('NVIDIA', 'NVIDIA GeForce MX570 (0x000025A6)'),
    // Ampere, unlike its neighbours in number.
    d3d('NVIDIA', 'NVIDIA GeForce RTX 2050 (0x000025A9)'),
    d3d('NVIDIA', 'NVIDIA RTX A2000 (0x00002531)'),
    // Ada; the Turing of this number is called Quadro RTX 4000.
    d3d('NVIDIA', 'NVIDIA RTX 4000 Ada Generation (0x000027B2)'),
    d3d('NVIDIA', 'NVIDIA RTX 6000 Ada Generation (0x000026B1)'),
    'ANGLE (NVIDIA, NVIDIA GeForce GTX 980 Direct3D11 vs_5_0 ps_5_0), or similar',
    gl('NVIDIA Corporation', 'Quadro P2000/PCIe/SSE2'),
    vulkan('NVIDIA', 'NVIDIA H100 80GB HBM3', 'NVIDIA'),
    'NVIDIA Tegra X1 (nvgpu)/integrated',
    'GeForce GTX 980, or similar',
    gl('Mesa', 'NV136', 'OpenGL 4.3 (Core Profile) Mesa 22.3.6'),
  ],
  'amd-gcn': [
    d3d('AMD', 'Radeon RX 580 Series (0x000067DF)'),
    d3d('AMD', 'Radeon (TM) RX 480 Graphics (0x000067DF)'),
    d3d('AMD', 'AMD Radeon RX 550 (0x0000699F)'),
    d3d('AMD', 'Radeon RX Vega (0x0000687F)'),
    d3d('AMD', 'AMD Radeon(TM) Vega 8 Graphics (0x000015D8)'),
    d3d('AMD', 'AMD Radeon(TM) RX Vega 11 Graphics (0x000015DD)'),
    d3d('AMD', 'AMD Radeon R9 200 Series (0x000067B0)'),
    d3d('AMD', 'AMD Radeon (TM) R7 370 Series (0x00006811)'),
    d3d('AMD', 'AMD Radeon(TM) R5 Graphics (0x000098E4)'),
    d3d('AMD', 'AMD Radeon HD 7900 Series (0x00006798)'),
    d3d('ATI Technologies Inc.', 'AMD Radeon HD 7700 Series (0x0000683D)'),
    gl('AMD', 'AMD Radeon Graphics (renoir, LLVM 15.0.7, DRM 3.49, 6.1.0)', 'OpenGL 4.6'),
    gl('AMD', 'AMD Radeon RX 580 Series (polaris10, LLVM 15.0.7, DRM 3.49)', 'OpenGL 4.6'),
    vulkan('AMD', 'AMD Radeon Graphics (RADV RENOIR)', 'radv'),
    vulkan('AMD', 'AMD Radeon RX 580 Series (RADV POLARIS10)', 'radv'),
    metal('AMD', 'AMD Radeon Pro 580'),
    metal('AMD', 'AMD Radeon Pro 560X'),
    metal('AMD', 'AMD Radeon Pro Vega 20'),
    gl('ATI Technologies Inc.', 'AMD Radeon Pro 455 OpenGL Engine', 'OpenGL 4.1'),
    // Windows calls the graphics of Ryzen 4000 and 5000 by no name, but by their numbers.
    d3d('AMD', 'AMD Radeon(TM) Graphics (0x00001636)'),
    d3d('AMD', 'AMD Radeon(TM) Graphics (0x00001638)'),
    d3d('AMD', 'AMD Radeon VII (0x000066AF)'),
    d3d('AMD', 'Radeon (TM) Pro WX 5100 Graphics (0x000067C7)'),
    d3d('AMD', 'AMD Radeon(TM) R4 Graphics (0x000098E4)'),
    vulkan('AMD', 'AMD Radeon VII (RADV VEGA20)', 'radv'),
    'ANGLE (AMD, Radeon R9 200 Series Direct3D11 vs_5_0 ps_5_0), or similar',
    'Radeon RX 580 Series, or similar',
    'Radeon R9 200 Series, or similar',
    'Radeon HD 3200 Graphics, or similar',
  ],
  'amd-rdna': [
    d3d('AMD', 'AMD Radeon RX 6800 XT (0x000073BF)'),
    d3d('AMD', 'AMD Radeon RX 7900 XTX (0x0000744C)'),
    d3d('AMD', 'AMD Radeon RX 9070 XT (0x00007550)'),
    d3d('AMD', 'AMD Radeon RX 5700 XT (0x0000731F)'),
    d3d('AMD', 'AMD Radeon RX 5500M (0x00007340)'),
    d3d('AMD', 'AMD Radeon RX 6400 (0x0000743F)'),
    d3d('AMD', 'AMD Radeon 680M (0x00001681)'),
    d3d('AMD', 'AMD Radeon 780M Graphics (0x000015BF)'),
    d3d('AMD', 'AMD Radeon(TM) Graphics (0x00001681)'),
    d3d('AMD', 'AMD Radeon Pro W6600 (0x000073E3)'),
    gl('AMD', 'AMD Radeon RX 6800 (navi21, LLVM 15.0.7, DRM 3.49, 6.1.0)', 'OpenGL 4.6'),
    vulkan('AMD', 'AMD Radeon RX 6800 (RADV NAVI21)', 'radv'),
    metal('AMD', 'AMD Radeon Pro 5300M'),
    metal('AMD', 'AMD Radeon Pro 5500 XT'),
    metal('AMD', 'AMD Radeon Pro W5700X'),
    'AMD Radeon Pro 5300M OpenGL Engine',
    'ANGLE (Samsung Electronics Co., Ltd., ANGLE (Samsung Xclipse 940) on Vulkan 1.3.279)',
    'Samsung Xclipse 920',
  ],
  'intel-gen9': [
    d3d('Intel', 'Intel(R) HD Graphics 520 (0x00001916)'),
    d3d('Intel', 'Intel(R) HD Graphics 630 (0x00005912)'),
    d3d('Intel', 'Intel(R) HD Graphics P530 (0x0000191D)'),
    d3d('Intel', 'Intel(R) UHD Graphics 620 (0x00005917)'),
    d3d('Intel', 'Intel(R) UHD Graphics 630 (0x00003E9B)'),
    d3d('Intel', 'Intel(R) UHD Graphics 600 (0x00003185)'),
    d3d('Intel', 'Intel(R) Iris(R) Plus Graphics 640 (0x00005926)'),
    gl('Intel', 'Mesa Intel(R) UHD Graphics 620 (KBL GT2)', 'OpenGL 4.6'),
    gl('Intel', 'Mesa Intel(R) HD Graphics 520 (SKL GT2)', 'OpenGL 4.6'),
    gl('Intel Inc.', 'Intel(R) Iris(TM) Plus Graphics 655', 'OpenGL 4.1'),
    metal('Intel', 'Intel(R) UHD Graphics 630'),
    metal('Intel Inc.', 'Intel(R) Iris(TM) Plus Graphics 640'),
    vulkan('Intel', 'Intel(R) UHD Graphics 630 (CFL GT2)', 'Intel open-source Mesa driver'),
    'Mesa DRI Intel(R) HD Graphics 520 (Skylake GT2)',
    'Intel(R) HD Graphics, or similar',
    d3d('Intel', 'Intel(R) HD Graphics 5500 (0x00001616)'),
    d3d('Intel', 'Intel(R) UHD Graphics P630 (0x00003E96)'),
    d3d('Intel', 'Intel(R) Iris(R) Graphics 540 (0x00001926)'),
    gl('Intel', 'Mesa Intel(R) UHD Graphics (CML GT2)', 'OpenGL 4.6'),
    'Intel Iris OpenGL Engine',
    'ANGLE (Intel, Intel(R) HD Graphics 400 Direct3D11 vs_5_0 ps_5_0), or similar',
  ],
  'intel-xe': [
    d3d('Intel', 'Intel(R) Iris(R) Xe Graphics (0x00009A49)'),
    d3d('Intel', 'Intel(R) UHD Graphics 770 (0x00004680)'),
    d3d('Intel', 'Intel(R) UHD Graphics 730 (0x00004692)'),
    d3d('Intel', 'Intel(R) UHD Graphics (0x000046A3)'),
    gl('Intel', 'Mesa Intel(R) UHD Graphics (ADL GT2)', 'OpenGL 4.6'),
    d3d('Intel', 'Intel(R) Arc(TM) A770 Graphics (0x000056A0)'),
    d3d('Intel', 'Intel(R) Arc(TM) Graphics (0x00007D55)'),
    gl('Intel', 'Mesa Intel(R) Xe Graphics (TGL GT2)', 'OpenGL 4.6'),
    gl('Intel', 'Mesa Intel(R) Arc(tm) A770 Graphics (DG2)', 'OpenGL 4.6'),
    vulkan('Intel', 'Intel(R) Iris(R) Xe Graphics (ADL GT2)', 'Intel open-source Mesa driver'),
  ],
  adreno: [
    'Adreno (TM) 740',
    'Adreno (TM) 618, or similar',
    gl('Qualcomm', 'Adreno (TM) 660', 'OpenGL ES 3.2 V@0530.0'),
    vulkan('Qualcomm', 'Adreno (TM) 730', 'Adreno Vulkan Driver'),
    d3d('Qualcomm', 'Qualcomm(R) Adreno(TM) X1-85 GPU (0x36334330)'),
    gl('freedreno', 'FD630', 'OpenGL ES 3.2 Mesa 23.1'),
  ],
  'mali-bifrost': [
    'Mali-G52',
    'Mali-G52 MC2',
    'Mali-G72, or similar',
    'Mali-G31',
    gl('ARM', 'Mali-G76', 'OpenGL ES 3.2'),
    gl('ARM', 'Mali-G71', 'OpenGL ES 3.2'),
    vulkan('ARM', 'Mali-G51', 'Mali'),
    gl('Mesa', 'Mali-G52 r1 (Panfrost)', 'OpenGL ES 3.1 Mesa 23.1'),
  ],
  'mali-valhall': [
    'Mali-G57',
    'Mali-G57 MC2',
    'Mali-G77',
    'Mali-G78, or similar',
    gl('ARM', 'Mali-G68', 'OpenGL ES 3.2'),
    gl('ARM', 'Mali-G310', 'OpenGL ES 3.2'),
    gl('ARM', 'Mali-G510', 'OpenGL ES 3.2'),
    gl('ARM', 'Mali-G715-Immortalis MC11', 'OpenGL ES 3.2'),
    vulkan('ARM', 'Mali-G710', 'Mali'),
    'Immortalis-G720',
  ],
  apple: [
    metal('Apple', 'Apple M1'),
    metal('Apple', 'Apple M1 Pro'),
    metal('Apple', 'Apple M4 Max'),
    metal('Apple', 'Apple A15 GPU'),
    gl('Apple', 'Apple M2', 'OpenGL 4.1 Metal - 88'),
    'Apple GPU',
    'Apple M1, or similar',
  ],
  unknown: [
    'WebKit WebGL',
    'Mozilla',
    'PowerVR Rogue GE8320',
    'PowerVR B-Series BXM-8-256',
    gl('Imagination Technologies', 'PowerVR Rogue GE8322', 'OpenGL ES 3.2'),
    'V3D 4.2',
    gl('Broadcom', 'V3D 4.2.14', 'OpenGL ES 3.1 Mesa 23.2'),
    'Generic Renderer',
    '',
  ],
};

describe('the table of devices', () => {
  for (const [name, all] of Object.entries(renderers)) {
    it(`has the profile ${name} for its renderers`, () => {
      const found = all.map((renderer) => [renderer, profileOf(renderer).name]);
      expect(found).to.deep.equal(all.map((renderer) => [renderer, name]));
    });
  }

  it('has a list of renderers here for each of its profiles', () => {
    expect(Object.keys(renderers).sort()).to.deep.equal(profiles.map(({ name }) => name).sort());
  });

  it('has names of their own for all profiles, and a last one that describes every renderer', () => {
    const names = profiles.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    const { name, renderer } = profiles.at(-1)!;
    expect(name).to.equal('unknown');
    for (const any of ['', 'no such device', '\n']) expect(renderer.test(any), any).to.equal(true);
    for (const profile of profiles.slice(0, -1)) {
      expect(profile.renderer.test('no such device'), profile.name).to.equal(false);
    }
  });

  it('gives the same answer each time, because no expression keeps a place', () => {
    for (const { name, renderer } of profiles) {
      expect(renderer.global || renderer.sticky, name).to.equal(false);
    }
  });

  it('has numbers that costs can be made of', () => {
    for (const profile of profiles) {
      for (const [what, number] of numbersOf(profile)) {
        expect(number, `${profile.name}.${what}`).to.be.at.least(0);
      }
      const { name, maxTargets, registers, depthwiseRegisters, rates } = profile;
      expect(Number.isInteger(maxTargets) && maxTargets >= 4, name).to.equal(true);
      expect(registers, name).to.be.above(0);
      expect(depthwiseRegisters, name).to.be.above(0);
      // An infinite charge would make every plan alike.
      for (const [what, rate] of Object.entries(rates)) {
        if (what !== 'overlaps' && rate !== null)
          expect(rate, `${name}.${what}`).to.be.below(Number.POSITIVE_INFINITY);
      }
      expect(rates.multiplyAdd, name).to.be.above(0);
      expect(rates.draw, name).to.be.above(0);
      expect(rates.change, name).to.be.at.least(rates.draw);
    }
  });

  it('lets software add up fetches and arithmetic, which GPUs do at once', () => {
    for (const { name, software, rates } of profiles) {
      expect(rates.overlaps, name).to.equal(!software);
      expect(software, name).to.equal(name === 'llvmpipe' || name === 'swiftshader');
    }
  });
});

describe('a profile by its name', () => {
  it('is the one of that name', () => {
    for (const profile of profiles) expect(profileNamed(profile.name)).to.equal(profile);
  });

  it('is refused with a list of the names if there is none', () => {
    const names = profiles.map(({ name }) => name).join(', ');
    for (const name of ['', 'amd', 'Apple', 'nvidia-']) {
      expect(() => profileNamed(name)).to.throw(
        Error,
        `there is no device profile '${name}'; use one of ${names}`,
      );
    }
  });
});

/** Returns every number of a profile, by its name. */
function numbersOf({ maxTargets, registers, depthwiseRegisters, rates }: DeviceProfile) {
  const { overlaps: _, ...charges } = rates;
  const numbers = Object.entries({ maxTargets, registers, depthwiseRegisters, ...charges });
  // Weights at computed places are no loads on some devices, which have no such variants.
  return numbers.filter((entry): entry is [string, number] => entry[1] !== null);
}
