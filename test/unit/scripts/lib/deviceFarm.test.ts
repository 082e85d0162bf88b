/**
 * Tests of device farms: Karma's settings by environment, and the WebDriver launcher's protocol.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { deviceFarm } from '../../../../scripts/lib/deviceFarm.js';
import { UsageError } from '../../../../scripts/lib/errors.js';
import { openSession } from '../../../../scripts/lib/webDriver.js';

describe('device farm', () => {
  it('is not used unless it is asked for', () => {
    expect(deviceFarm({})).to.equal(null);
    expect(deviceFarm({ WEBDRIVER_URL: '', BROWSERSTACK_DEVICE: '' })).to.equal(null);
  });

  it('is a WebDriver address with its capabilities', () => {
    const url = 'https://user:key@grid.example/wd/hub';
    const safari = { browserName: 'safari', platformName: 'mac' };
    const farm = deviceFarm({ WEBDRIVER_URL: url, WEBDRIVER_CAPABILITIES: JSON.stringify(safari) });
    expect(farm).to.deep.include({ name: 'WebDriverGrid', settings: {} });
    expect(farm?.launcher).to.deep.equal({ base: 'WebDriver', url, capabilities: safari });
    expect(farm?.plugin).to.have.property('launcher:WebDriver');
    const plain = deviceFarm({ WEBDRIVER_URL: 'http://127.0.0.1:4444' });
    expect(plain?.launcher.capabilities).to.deep.equal({ browserName: 'chrome' });
  });

  it("is a device in BrowserStack's terms", () => {
    const device = { browser: 'safari', os: 'ios', device: 'iPhone 16', real_mobile: true };
    expect(deviceFarm({ BROWSERSTACK_DEVICE: JSON.stringify(device) })).to.deep.equal({
      name: 'BrowserStackDevice',
      plugin: 'karma-browserstack-launcher',
      launcher: { ...device, base: 'BrowserStack' },
      settings: { browserStack: { project: 'tfjs-backend-tiled', video: false } },
    });
  });

  it('names the variable that is wrong', () => {
    const wrong = [
      [{ WEBDRIVER_URL: 'grid:4444' }, /^WEBDRIVER_URL is "grid:4444"; it must be like http:/],
      [
        { WEBDRIVER_URL: 'http://grid', WEBDRIVER_CAPABILITIES: 'safari' },
        /^WEBDRIVER_CAPABILITIES is "safari"; it must be an object in JSON$/,
      ],
      [{ BROWSERSTACK_DEVICE: '[1]' }, /^BROWSERSTACK_DEVICE is "\[1\]"; it must be an object/],
    ] as const;
    for (const [env, message] of wrong) {
      expect(() => deviceFarm(env)).to.throw(UsageError, message);
    }
  });
});

describe('WebDriver session', () => {
  /** Starts a driver that answers or refuses, and records its requests. */
  async function withDriver(
    answer: (path: string) => [status: number, value: unknown],
    use: (url: string, asked: unknown[][]) => Promise<void>,
  ): Promise<void> {
    const asked: unknown[][] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      const { method, url = '', headers } = request;
      asked.push([method, url, headers.authorization, body === '' ? null : JSON.parse(body)]);
      const [status, value] = answer(url);
      response.writeHead(status).end(JSON.stringify({ value }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await use(`http://user:key@127.0.0.1:${(server.address() as AddressInfo).port}/hub/`, asked);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  const authorization = `Basic ${Buffer.from('user:key').toString('base64')}`;

  it('opens a page and closes', () =>
    withDriver(
      () => [200, { sessionId: 'one' }],
      async (url, asked) => {
        const session = await openSession({ url, capabilities: { browserName: 'safari' } }, 'page');
        await session.close();
        const capabilities = { alwaysMatch: { pageLoadStrategy: 'none', browserName: 'safari' } };
        expect(asked).to.deep.equal([
          ['POST', '/hub/session', authorization, { capabilities }],
          ['POST', '/hub/session/one/url', authorization, { url: 'page' }],
          ['DELETE', '/hub/session/one', authorization, null],
        ]);
      },
    ));

  it("passes on the driver's error, and leaves no session behind", () =>
    withDriver(
      (path) =>
        path.endsWith('/url')
          ? [500, { error: 'unknown error', message: 'no "page"\nstack' }]
          : [200, { sessionId: 'one' }],
      async (url, asked) => {
        const error = await openSession({ url, capabilities: {} }, 'page').catch((e) => e);
        expect(error.message).to.equal('500 no "page"');
        expect(asked.at(-1)?.slice(0, 2)).to.deep.equal(['DELETE', '/hub/session/one']);
      },
    ));
});
