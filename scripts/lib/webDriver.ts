/** A Karma launcher for browsers behind a WebDriver address, in the W3C protocol. */

/** Milliseconds between keep-alive commands, because grids end an idle session. */
const keepAliveMs = 30_000;

/** Karma's own part of a launcher; it adds these to `this`. */
interface Launcher {
  name: string;
  on(event: 'start', listener: (url: string) => void): void;
  on(event: 'kill', listener: (done: () => void) => void): void;
  _done(error?: string): void;
}

export interface WebDriverSettings {
  /**
   * URL that creates sessions, for instance http://127.0.0.1:9515; may contain user and password.
   */
  readonly url: string;
  readonly capabilities: object;
}

/**
 * Splits an address into a URL without user and password, which `fetch` refuses, and headers that
 * carry them.
 */
function splitAddress(address: string): { base: string; headers: Record<string, string> } {
  const url = new URL(address);
  const user = [url.username, url.password].map(decodeURIComponent).join(':');
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`;
  url.username = '';
  url.password = '';
  return {
    base: url.href.replace(/\/$/, ''),
    headers: {
      'Content-Type': 'application/json',
      ...(user === ':' ? {} : { Authorization: authorization }),
    },
  };
}

/** Returns the first line of an error from the driver or from a proxy in front of it. */
function faultIn(answer: string): string {
  let fault = answer;
  try {
    fault = JSON.parse(answer).value.message;
  } catch {
    // A proxy's text is used as it is.
  }
  return fault.split('\n')[0];
}

/**
 * Returns a function that sends a command and resolves with its value; rejects with the driver's
 * error.
 */
function commander(address: string) {
  const { base, headers } = splitAddress(address);
  return async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const text = body && JSON.stringify(body);
    const response = await fetch(base + path, { method, headers, body: text });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${faultIn(answer)}`);
    return JSON.parse(answer).value;
  };
}

export interface Session {
  close(): Promise<void>;
}

/** Opens a page in a new session, which stays open until it is closed. */
export async function openSession(settings: WebDriverSettings, page: string): Promise<Session> {
  const send = commander(settings.url);
  const { sessionId } = await send('POST', '/session', {
    // Tests that run while the page loads would block the command that opens the page.
    capabilities: { alwaysMatch: { pageLoadStrategy: 'none', ...settings.capabilities } },
  });
  const path = `/session/${sessionId}`;
  const close = async () => {
    clearInterval(timer);
    await send('DELETE', path);
  };
  const timer = setInterval(() => send('GET', `${path}/url`).catch(() => {}), keepAliveMs);
  try {
    await send('POST', `${path}/url`, { url: page });
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  return { close };
}

function WebDriverLauncher(
  this: Launcher,
  decorate: (launcher: Launcher) => void,
  limitCapture: (launcher: Launcher) => void,
  settings: WebDriverSettings,
): void {
  decorate(this);
  limitCapture(this);
  this.name = 'WebDriver';
  let session: Promise<Session> | undefined;
  this.on('start', (page) => {
    session = openSession(settings, page);
    session.catch((error: Error) => {
      const reason = error.cause instanceof Error ? error.cause.message : error.message;
      process.stderr.write(`WebDriver at ${new URL(settings.url).host}: ${reason}\n`);
      this._done('cannot start');
    });
  });
  this.on('kill', async (done) => {
    await session?.then(({ close }) => close()).catch(() => {});
    this._done();
    done();
  });
}
WebDriverLauncher.$inject = ['baseLauncherDecorator', 'captureTimeoutLauncherDecorator', 'args'];

/** Plugin for Karma's list; the launcher's settings are a `WebDriverSettings`. */
export const webDriverPlugin = { 'launcher:WebDriver': ['type', WebDriverLauncher] };
