/**
 * Distribution of one run's suites among several browsers. Each browser takes the next suite that
 * no other browser has taken, so that all are busy to the end on any machine. Without `--share`
 * among Karma's client arguments, a browser runs every suite.
 */

/** Mocha's own record of a suite, declared here because Mocha's types keep the hooks private. */
interface OpenSuite {
  readonly title: string;
  tests: Mocha.Test[];
  suites: Mocha.Suite[];
  _beforeAll: Mocha.Hook[];
  _afterAll: Mocha.Hook[];
  beforeAll(title: string, body: () => Promise<void>): unknown;
}

interface KarmaPage {
  readonly __karma__: { readonly config: { readonly args?: readonly string[] } };
  readonly mocha: { readonly suite: Mocha.Suite };
}

/** True if this browser is the first that requests the suite; karma.conf.js answers. */
async function isMine(title: string): Promise<boolean> {
  const response = await fetch(`/claim?${new URLSearchParams({ suite: title })}`);
  if (!response.ok) throw new Error(`claim of '${title}': status ${response.status}`);
  return (await response.text()) === 'true';
}

/** Makes each top-level suite ask, before any of it runs, whether it belongs to this browser. */
export function shareSuites(): void {
  const { __karma__, mocha } = window as unknown as KarmaPage;
  if (!__karma__.config.args?.includes('--share')) return;
  if (mocha.suite.tests.length > 0) throw new Error('a test stands in no suite');
  const titles = new Set<string>();
  for (const suite of mocha.suite.suites as unknown as OpenSuite[]) {
    if (titles.has(suite.title)) throw new Error(`two suites are called '${suite.title}'`);
    titles.add(suite.title);
    suite.beforeAll('claims the suite', async () => {
      if (await isMine(suite.title)) return;
      // Mocha reads these lists after this hook has ended.
      suite.tests = [];
      suite.suites = [];
      suite._beforeAll.length = 1;
      suite._afterAll = [];
    });
    suite._beforeAll.unshift(suite._beforeAll.pop() as Mocha.Hook);
  }
}
