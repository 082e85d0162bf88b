/** A Karma launcher for browsers behind a WebDriver address, in the W3C protocol. */

/** Grids end a session that nobody asks anything. */
const keepAliveMs = 30_000;

/** Karma's own part of a launcher; it adds these to `this`. */
interface Launcher {
  name: string;
  on(event: 'start', listener: (url: string) => void): void;
  on(event: 'kill', listener: (done: () => void) => void): void;
  _done(error?: string): void;
}

export interface WebDriverSettings {
  /** Where sessions are made, for instance http://127.0.0.1:9515; it may hold user and password. */
  readonly url: string;
  readonly capabilities: object;
}

/** An address without its user and password, which `fetch` refuses, and the header they make. */
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

/** The first line of what a driver, or something before it, says is wrong. */
function faultIn(answer: string): string {
  let fault = answer;
  try {
    fault = JSON.parse(answer).value.message;
  } catch {
    // A proxy's text, as it is.
  }
  return fault.split('\n')[0];
}

/** What sends a command and resolves with its value; rejects with what the driver says is wrong. */
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

/** Opens a page in a new session, which stays until it is closed. */
export async function openSession(settings: WebDriverSettings, page: string): Promise<Session> {
  const send = commander(settings.url);
  const { sessionId } = await send('POST', '/session', {
    // Tests that run while the page loads would hold up the command that opens it.
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

/** For Karma's list of plugins; the launcher's settings are a `WebDriverSettings`. */
export const webDriverPlugin = { 'launcher:WebDriver': ['type', WebDriverLauncher] };
