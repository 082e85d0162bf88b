/**
 * Finds a Chromium-family browser, or installs one: CHROME_PATH, else an installed browser, else
 * Debian's package, else a download into .cache/browser.
 */
import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from './errors.js';
import { root } from './root.js';

const cacheDir = join(root, '.cache', 'browser');

const onPath = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
];

/** True if the file exists and this process may execute it. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns the paths where browsers' installers put them, most common first. */
function usualPaths(): string[] {
  if (process.platform === 'win32') {
    const names = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'];
    const bases = names.flatMap((name) => process.env[name] ?? []);
    const paths = [
      'Google/Chrome/Application/chrome.exe',
      'Chromium/Application/chrome.exe',
      'Microsoft/Edge/Application/msedge.exe',
    ];
    return paths.flatMap((path) => bases.map((base) => join(base, path)));
  }
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].flatMap((name) =>
      ['/Applications', join(homedir(), 'Applications')].map((folder) =>
        join(folder, `${name}.app`, 'Contents/MacOS', name),
      ),
    );
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const more = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];
  return onPath.flatMap((name) => [...folders, ...more].map((folder) => join(folder, name)));
}

/**
 * Returns why a browser is unusable; undefined if it can report its version. An installed
 * executable may still be a stub or lack a system library.
 */
async function whyUnusable(path: string): Promise<string | undefined> {
  // On Windows and macOS the installers leave no stubs, and `--version` may open a window.
  if (process.platform !== 'linux') return undefined;
  try {
    await promisify(execFile)(path, ['--version', '--no-sandbox'], { timeout: 120_000 });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return (stderr?.trim() || message).split('\n')[0];
  }
}

/**
 * Imports the package on demand, so that users who never download a browser need not install it.
 */
const downloader = () => import('@puppeteer/browsers');

async function downloadedBrowsers() {
  if (!existsSync(cacheDir)) return [];
  const { getInstalledBrowsers } = await downloader();
  return getInstalledBrowsers({ cacheDir });
}

async function installedBrowser(): Promise<string | undefined> {
  const downloaded = await downloadedBrowsers();
  const candidates = [...usualPaths(), ...downloaded.map((browser) => browser.executablePath)];
  for (const path of new Set(candidates)) {
    if (isExecutable(path) && (await whyUnusable(path)) === undefined) return path;
  }
  return undefined;
}

/** True if this process may install Debian packages. */
export function isRootOnDebian(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

/** Installs Debian packages; returns the reason if it cannot. */
export function aptInstall(packages: readonly string[]): string | undefined {
  process.stderr.write(`installing ${packages.join(' ')} with apt-get ...\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const done = spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8' });
    if (done.status !== 0) {
      const last = (done.stderr ?? '').trim().split('\n').pop();
      return `apt-get ${args[0]} failed: ${last || done.error?.message || `status ${done.status}`}`;
    }
  }
  return undefined;
}

/** Downloads the stable headless Chrome into the cache; returns the reason if it cannot. */
async function download(): Promise<string | undefined> {
  try {
    const { Browser, computeExecutablePath, detectBrowserPlatform, install, resolveBuildId } =
      await downloader();
    const browser = Browser.CHROMEHEADLESSSHELL;
    const platform = detectBrowserPlatform();
    if (platform === undefined) return `no download for ${process.platform} ${process.arch}`;
    process.stderr.write('downloading a headless Chrome ...\n');
    const buildId = await resolveBuildId(browser, platform, 'stable');
    await install({ browser, platform, buildId, cacheDir });
    const path = computeExecutablePath({ browser, platform, buildId, cacheDir });
    const fault = await whyUnusable(path);
    return fault && `the downloaded browser does not start: ${fault}`;
  } catch (error) {
    return `the download failed: ${(error as Error).message.split('\n')[0]}`;
  }
}

async function obtainBrowser(): Promise<string> {
  const reasons: string[] = [];
  const ways = isRootOnDebian() ? [() => aptInstall(['chromium', 'libgl1-mesa-dri'])] : [];
  for (const way of [...ways, download]) {
    const reason = await way();
    if (reason !== undefined) reasons.push(reason);
    const path = await installedBrowser();
    if (path !== undefined) return path;
  }
  throw new Failure(
    'No browser was found and none could be installed ' +
      `(${reasons.join('; ')}). Install Chrome, Chromium or Edge, or set CHROME_PATH to the ` +
      'executable of one, and run the command again.',
  );
}

let found: Promise<string> | undefined;

/**
 * Returns the path of a browser's executable; installs a browser if the machine has none.
 * @throws Failure with one message that says what to do, if no browser can be found or installed
 */
export function findBrowser(): Promise<string> {
  const asked = process.env.CHROME_PATH;
  if (asked !== undefined && asked !== '') {
    if (isExecutable(asked)) return Promise.resolve(asked);
    return Promise.reject(
      new Failure(
        `CHROME_PATH is "${asked}", which is not an executable file; set it to the executable ` +
          'of Chrome, Chromium or Edge, or unset it to have one found.',
      ),
    );
  }
  found ??= installedBrowser().then((path) => path ?? obtainBrowser());
  return found;
}

/** True if Mesa's software rasteriser, which `llvmpipe` needs, is in a usual place. */
function hasMesa(): boolean {
  const folders = ['/usr/lib', '/usr/lib64'].filter((folder) => existsSync(folder));
  const triplets = readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu'));
  return [...folders, ...triplets.map((name) => join('/usr/lib', name))].some(
    (folder) =>
      existsSync(join(folder, 'dri', 'swrast_dri.so')) ||
      readdirSync(folder).some((name) => name.startsWith('libgallium')),
  );
}

/**
 * Makes sure that Mesa's software rasteriser is installed; installs it when root on Debian.
 * @throws Failure that says what to do
 */
export function requireMesa(): void {
  if (process.platform === 'linux' && hasMesa()) return;
  const reason = isRootOnDebian() ? aptInstall(['libgl1-mesa-dri']) : 'Mesa is not installed';
  if (reason === undefined) return;
  throw new Failure(
    `The browser llvmpipe is not available here (${reason}). Install Mesa's drivers on Linux ` +
      '(Debian: apt-get install libgl1-mesa-dri), or use --browser swiftshader.',
  );
}
