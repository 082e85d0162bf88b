/**
 * Finds Firefox and starts it on one page, on Mesa's software rasteriser and a private virtual
 * display, because headless Firefox has no WebGL here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { aptInstall, isExecutable, isRootOnDebian } from './browser.js';
import { Failure } from './errors.js';

/**
 * Preferences that enable WebGL on a rasteriser that Firefox blocks by default, and that suppress
 * Firefox's start pages and background traffic.
 */
export const firefoxPrefs: Readonly<Record<string, boolean | number | string>> = {
  'webgl.force-enabled': true,
  'webgl.disable-fail-if-major-performance-caveat': true,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.max_script_run_time': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

const softwareRendering = { LIBGL_ALWAYS_SOFTWARE: '1', MOZ_CRASHREPORTER_DISABLE: '1' };

function findOnPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = names.flatMap((name) =>
    [...folders, '/usr/bin', '/usr/local/bin', '/snap/bin'].map((folder) => join(folder, name)),
  );
  return candidates.find(isExecutable);
}

/**
 * Returns the path of one of the programs; installs a Debian package if none is found.
 * @throws Failure that says what to do
 */
function findProgram(names: readonly string[], debianPackage: string): string {
  const path = findOnPath(names);
  if (path !== undefined) return path;
  const reason = isRootOnDebian()
    ? aptInstall([debianPackage])
    : 'this is not Debian as root, so it cannot be installed here';
  const installed = findOnPath(names);
  if (installed !== undefined) return installed;
  throw new Failure(
    `${names[0]} was not found (${reason}). Install it (Debian: apt-get install ` +
      `${debianPackage}), or use --browser swiftshader.`,
  );
}

/** Returns the path of Firefox: FIREFOX_PATH, else an installed one, else Debian's package. */
export function findFirefox(): string {
  const asked = process.env.FIREFOX_PATH;
  if (asked === undefined || asked === '') {
    return findProgram(['firefox-esr', 'firefox'], 'firefox-esr');
  }
  if (isExecutable(asked)) return asked;
  throw new Failure(
    `FIREFOX_PATH is "${asked}", which is not an executable file; set it to Firefox's ` +
      'executable, or unset it to have one found.',
  );
}

/** Ends a process that was started here; resolves when it has ended. */
async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

function whenEnded(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}

export interface Display {
  /** Value for the environment variable DISPLAY. */
  name: string;
  /** Id of the display's process, for a caller that cannot wait for `close`. */
  pid: number;
  close(): Promise<void>;
}

/** Starts a virtual display on a free number. */
export async function startDisplay(): Promise<Display> {
  const xvfb = findProgram(['Xvfb'], 'xvfb');
  const args = ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'];
  // Ctrl-C reaches every process of the terminal's group. In a separate group, the display is not
  // killed by Ctrl-C and can be shut down in order.
  const child = spawn(xvfb, args, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const ended = whenEnded(child);
  const number = await new Promise<string>((resolve, reject) => {
    child.stdio[3]?.once('data', (data: Buffer) => resolve(data.toString().trim()));
    ended.then(() => reject(new Failure(`The virtual display ${xvfb} does not start.`)));
  });
  // The display keeps running, but must not keep this process from exiting.
  (child.stdio[3] as Readable).destroy();
  child.unref();
  return { name: `:${number}`, pid: child.pid as number, close: () => end(child, ended) };
}

/** Returns the environment in which Firefox draws on the software rasteriser. */
export function firefoxEnvironment(display: Display): Record<string, string> {
  return { ...softwareRendering, DISPLAY: display.name };
}

export interface Firefox {
  /** Resolves when the browser has ended for any reason. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** Starts Firefox on a page with a temporary profile, which close() deletes. */
export async function startFirefox(url: string): Promise<Firefox> {
  const executable = findFirefox();
  const display = await startDisplay();
  const profile = mkdtempSync(join(tmpdir(), 'firefox-profile-'));
  const prefs = Object.entries(firefoxPrefs).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile, 'user.js'), prefs.join(''));
  const child = spawn(executable, ['--no-remote', '--profile', profile, url], {
    env: { ...process.env, ...firefoxEnvironment(display) },
    stdio: 'ignore',
    detached: true,
  });
  const ended = whenEnded(child);
  return {
    ended,
    close: async () => {
      await end(child, ended);
      await display.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
