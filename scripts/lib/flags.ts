/** Names of the browsers by rasteriser, and the command-line flags that select it. */

export const browserNames = ['swiftshader', 'llvmpipe', 'auto'] as const;

/**
 * swiftshader: the software rasteriser that comes with Chromium, the same everywhere.
 * llvmpipe: Mesa's software rasteriser, through the machine's EGL (Linux).
 * auto: the GPU if the machine has one, else the browser's own fallback.
 */
export type BrowserName = (typeof browserNames)[number];

/**
 * Flags of every run. The browser opens only this project's pages, from loopback, so it needs no
 * sandbox and no background traffic.
 */
const common = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-dev-shm-usage',
  // A draw of a large layer on a software rasteriser takes longer than the watchdog allows.
  '--disable-gpu-watchdog',
];

const rasteriser: Record<BrowserName, readonly string[]> = {
  swiftshader: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  llvmpipe: ['--use-gl=angle', '--use-angle=gl-egl', '--ignore-gpu-blocklist'],
  auto: ['--ignore-gpu-blocklist', '--enable-unsafe-swiftshader'],
};

export function browserFlags(browser: BrowserName): string[] {
  return [...common, ...rasteriser[browser]];
}

/**
 * Returns additional flags for a browser that runs the WebGPU backend.
 * @param hasGpu false for Chromium's software adapter
 */
export function webgpuFlags(hasGpu: boolean): readonly string[] {
  const common = ['--enable-unsafe-webgpu', '--enable-features=Vulkan'];
  return hasGpu ? common : [...common, '--use-webgpu-adapter=swiftshader'];
}
