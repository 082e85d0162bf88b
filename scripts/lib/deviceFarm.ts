/** Karma settings for the device-farm browser that environment variables request. */
import { UsageError } from './errors.js';
import { type WebDriverSettings, webDriverPlugin } from './webDriver.js';

export interface DeviceFarm {
  /** Name of the launcher. */
  readonly name: string;
  readonly plugin: string | object;
  readonly launcher: { readonly base: string } & Record<string, unknown>;
  /** Karma's other settings. */
  readonly settings: Record<string, unknown>;
}

type Environment = Readonly<Record<string, string | undefined>>;

function readObject(env: Environment, name: string): Record<string, unknown> {
  const text = env[name] ?? '';
  try {
    const value = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Reported below, like any other value that is not an object.
  }
  throw new UsageError(`${name} is ${JSON.stringify(text)}; it must be an object in JSON`);
}

function webDriver(env: Environment, url: string): DeviceFarm {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new UsageError(`WEBDRIVER_URL is "${url}"; it must be like http://127.0.0.1:4444`);
  }
  const capabilities = env.WEBDRIVER_CAPABILITIES
    ? readObject(env, 'WEBDRIVER_CAPABILITIES')
    : { browserName: 'chrome' };
  const settings: WebDriverSettings = { url, capabilities };
  return {
    name: 'WebDriverGrid',
    plugin: webDriverPlugin,
    launcher: { base: 'WebDriver', ...settings },
    settings: {},
  };
}

function browserStack(env: Environment): DeviceFarm {
  return {
    name: 'BrowserStackDevice',
    plugin: 'karma-browserstack-launcher',
    launcher: { ...readObject(env, 'BROWSERSTACK_DEVICE'), base: 'BrowserStack' },
    settings: { browserStack: { project: 'tfjs-backend-tiled', video: false } },
  };
}

/**
 * @returns null if no device farm is requested
 * @throws UsageError that names the invalid variable
 */
export function deviceFarm(env: Environment): DeviceFarm | null {
  if (env.WEBDRIVER_URL) return webDriver(env, env.WEBDRIVER_URL);
  return env.BROWSERSTACK_DEVICE ? browserStack(env) : null;
}
