/**
 * The conformance tests in a browser. `npm test` runs them; by itself:
 * `npx karma start karma.conf.js [--browsers ChromeLlvmpipe]`.
 */
import { buildGroups } from './scripts/build.mjs';

/** A draw on a software rasteriser can block the page for long without anything being wrong. */
const patienceMs = 300_000;

export default async function configure(config) {
  await buildGroups(['scripts', 'conformance'], (line) => process.stderr.write(`${line}\n`));
  const { findBrowser, requireMesa } = await import('./dist/scripts/lib/browser.js');
  const { browserFlags } = await import('./dist/scripts/lib/flags.js');
  const { isolationHeaders } = await import('./dist/scripts/lib/server.js');
  if (config.browsers?.includes('ChromeLlvmpipe')) requireMesa();
  process.env.CHROME_BIN = await findBrowser();

  config.set({
    plugins: ['karma-mocha', 'karma-chrome-launcher'],
    frameworks: ['mocha'],
    files: [{ pattern: 'dist/test/conformance.js', watched: false }],
    browsers: ['ChromeSwiftShader'],
    customLaunchers: {
      ChromeSwiftShader: { base: 'Chrome', flags: browserFlags('swiftshader') },
      ChromeLlvmpipe: { base: 'Chrome', flags: browserFlags('llvmpipe') },
    },
    client: { mocha: { timeout: 60_000, forbidOnly: true } },
    customHeaders: Object.entries(isolationHeaders).map(([name, value]) => {
      return { match: '.*', name, value };
    }),
    hostname: '127.0.0.1',
    listenAddress: '127.0.0.1',
    reporters: ['dots'],
    colors: Boolean(process.stdout.isTTY),
    logLevel: config.LOG_WARN,
    browserConsoleLogOptions: { level: 'error', terminal: true },
    browserNoActivityTimeout: patienceMs,
    browserDisconnectTimeout: patienceMs,
    pingTimeout: patienceMs,
    captureTimeout: 120_000,
    failOnEmptyTestSuite: true,
    autoWatch: false,
    singleRun: true,
  });
}
