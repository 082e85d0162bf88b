/** Tests that no name in a result becomes markup in a report. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { launchBrowser, newPage } from '../../../support/testBrowser.js';
import { everyReport } from './everyReport.js';

const hostile = `"'><img src=x onerror="document.title='hit'"> & </p></style></svg><script>`;

const plain = everyReport((name) => name);
const spoiled = everyReport((name) => `${name}${hostile}`);

describe('reports: hostile names', () => {
  for (const [name, text] of Object.entries(spoiled)) {
    it(`are escaped in the text of ${name}`, () => {
      expect(text).to.contain("&quot;'&gt;&lt;img src=x onerror=").and.contain('&gt; &amp; &lt;');
      expect(text).to.not.contain('<img src=x').and.not.contain('</p></style>');
    });
  }

  /** Returns the tag and the names of the attributes of every element in a text. */
  async function elementsOf(page: Page, text: string): Promise<string[]> {
    await page.setContent(text);
    return page.evaluate(() =>
      [...document.querySelectorAll('*')].map((element) =>
        [element.localName, ...element.getAttributeNames()].join(' '),
      ),
    );
  }

  it('are shown in a browser, and make no element and no attribute', async () => {
    const browser = await launchBrowser();
    try {
      const page = await newPage(browser);
      for (const [name, text] of Object.entries(spoiled)) {
        const expected = await elementsOf(page, plain[name]);
        expect(await elementsOf(page, text), name).to.deep.equal(expected);
        expect(await page.title(), name).to.not.equal('hit');
        expect(await page.locator('body').innerText(), name).to.contain(hostile);
      }
    } finally {
      await browser.close();
    }
  });
});
