/**
 * Karma configuration of the conformance tests in a browser. `npm test` runs them. To run only
 * these tests: `npx karma start karma.conf.js [--browsers ChromeLlvmpipe,FirefoxSoftware]`.
 * Environment variables add the browsers of a WebDriver grid or of BrowserStack, see
 * docs/device-farms.md.
 */
import { buildGroups } from './scripts/build.mjs';

/**
 * Returns middleware that answers test/support/shareSuites.ts: each suite belongs to the first
 * browser that claims it.
 */
function claims(emitter) {
  const taken = new Set();
  emitter.on('run_start', () => taken.clear());
  return (request, response, next) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    if (pathname !== '/claim') return next();
    const suite = searchParams.get('suite');
    response.end(String(!taken.has(suite)));
    taken.add(suite);
  };
}
claims.$inject = ['emitter'];

export default async function configure(config) {
  /** True if the tests of test/long run instead of the usual tests of `npm test`. */
  const { long = false } = config;
  const [group, folder] = long
    ? ['longConformance', 'long/conformance']
    : ['conformance', 'conformance'];
  await buildGroups(['scripts', group, 'conformanceWorker'], (line) =>
    process.stderr.write(`${line}\n`),
  );
  const { findBrowser, requireMesa } = await import('./dist/scripts/lib/browser.js');
  const { browserFlags } = await import('./dist/scripts/lib/flags.js');
  const { findFirefox, firefoxEnvironment, firefoxPrefs, startDisplay } = await import(
    './dist/scripts/lib/firefox.js'
  );
  const { deviceFarm } = await import('./dist/scripts/lib/deviceFarm.js');
  const { patienceMs } = await import('./dist/scripts/lib/patience.js');
  const { isolationHeaders } = await import('./dist/scripts/lib/server.js');
  if (config.browsers?.includes('ChromeLlvmpipe')) requireMesa();
  const farm = deviceFarm(process.env);
  const asked = config.browsers?.length ? config.browsers : [farm?.name ?? 'ChromeSwiftShader'];
  if (asked.some((name) => name.startsWith('Chrome'))) process.env.CHROME_BIN = await findBrowser();
  if (asked.includes('FirefoxSoftware')) {
    requireMesa();
    process.env.FIREFOX_BIN = findFirefox();
    const display = await startDisplay();
    Object.assign(process.env, firefoxEnvironment(display));
    process.once('exit', () => process.kill(display.pid));
  }

  config.set({
    plugins: [
      'karma-mocha',
      'karma-chrome-launcher',
      'karma-firefox-launcher',
      { 'middleware:claims': ['factory', claims] },
      ...(farm ? [farm.plugin] : []),
    ],
    frameworks: ['mocha'],
    middleware: ['claims'],
    files: [
      { pattern: `dist/test/${folder}.js`, watched: false },
      // The tests start workers from this file.
      { pattern: 'dist/test/worker.js', watched: false, included: false },
    ],
    browsers: asked,
    customLaunchers: {
      ChromeSwiftShader: { base: 'Chrome', flags: browserFlags('swiftshader') },
      ChromeLlvmpipe: { base: 'Chrome', flags: browserFlags('llvmpipe') },
      FirefoxSoftware: { base: 'Firefox', prefs: firefoxPrefs },
      ...(farm ? { [farm.name]: farm.launcher } : {}),
    },
    ...farm?.settings,
    client: { mocha: { timeout: patienceMs, forbidOnly: true } },
    customHeaders: Object.entries(isolationHeaders).map(([name, value]) => {
      return { match: '.*', name, value };
    }),
    // A device of a grid opens the page over the network, from the host in KARMA_HOSTNAME.
    hostname: process.env.KARMA_HOSTNAME || '127.0.0.1',
    listenAddress: process.env.KARMA_HOSTNAME ? '0.0.0.0' : '127.0.0.1',
    reporters: ['dots'],
    colors: Boolean(process.stdout.isTTY),
    logLevel: config.LOG_WARN,
    browserConsoleLogOptions: { level: 'error', terminal: true },
    browserNoActivityTimeout: patienceMs,
    browserDisconnectTimeout: patienceMs,
    pingTimeout: patienceMs,
    captureTimeout: patienceMs,
    failOnEmptyTestSuite: true,
    autoWatch: false,
    singleRun: true,
  });
}
