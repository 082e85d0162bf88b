/** Tests of the website's Markdown, its links, and the check of them. */
import { expect } from 'chai';
import { root } from '../../../../scripts/lib/root.js';
import { brokenLinks } from '../../../../scripts/site/check.js';
import { relativeUrl, targetOf } from '../../../../scripts/site/links.js';
import { makeAnchors, render } from '../../../../scripts/site/markdown.js';

const same = (address: string) => address;

describe('Markdown of the website', () => {
  it('gives headings the anchors of GitHub', () => {
    const anchor = makeAnchors();
    const headings = ['One of each', 'wasm: an output (60 cases)', 'tiled: … uses', 'One of each'];
    expect(headings.map(anchor)).to.deep.equal([
      'one-of-each',
      'wasm-an-output-60-cases',
      'tiled--uses',
      'one-of-each-1',
    ]);
  });

  it('tells title, summary and headings, without markup', () => {
    const { title, summary, headings } = render(
      '# A `b` & c\n\nOne *two*\nthree.\n\n## [D](e)',
      same,
    );
    expect([title, summary]).to.deep.equal(['A b & c', 'One two three.']);
    expect(headings.map(({ depth, id, html }) => [depth, id, html])).to.deep.equal([
      [1, 'a-b--c', 'A <code>b</code> &amp; c'],
      [2, 'd', 'D'],
    ]);
  });

  it('colours code, and escapes it', () => {
    const { html } = render('```js\nconst a = "<b>";\n```\n\n```\n<c>\n```', same);
    expect(html).to.include('<span class="hljs-keyword">const</span>');
    expect(html).to.include('&lt;b&gt;').and.to.include('&lt;c&gt;');
  });

  it('lets tables scroll, and leaves out an empty head', () => {
    const { html } = render('| | |\n|---|---|\n| a | b |', same);
    expect(html).to.match(/^<div class="scroll" role="group"[^>]*tabindex="0"><table>/);
    expect(html).not.to.include('<th');
    const headed = render('| | `c` |\n|---|---|\n| a | b |', same).html;
    expect(headed).to.include('aria-label="Table: c"').and.to.include('<td></td>\n<th>');
  });
});

describe('links of the website', () => {
  const of = (from: string, address: string) => targetOf(root, from, address);

  it('lead to pages, examples, files and sources', () => {
    expect(of('docs/guide/opt-in.md', 'cdn.md#integrity')).to.deep.equal({
      ...{ url: 'guide/cdn.html#integrity', needs: null },
    });
    expect(of('README.md', 'docs/performance.md').url).to.equal('performance.html');
    expect(of('docs/guide/workers.md', '../../examples/worker').url).to.equal(
      'examples/worker.html',
    );
    expect(of('examples/README.md', 'global-tf/app.mjs').url).to.equal(
      'examples/global-tf.html#app.mjs',
    );
    const table = 'kernels/webgl/devices.ts';
    expect(of('docs/devices.md', `../${table}`)).to.deep.equal({
      ...{ url: `source/${table}.html`, needs: table },
    });
    expect(of('README.md', 'docs/figures/layers-tiled-cpu.svg').url).to.equal(
      'files/docs/figures/layers-tiled-cpu.svg',
    );
  });

  it('are refused where the repository has no such file', () => {
    expect(() => of('docs/devices.md', 'none.md')).to.throw(
      'docs/devices.md links to "none.md", and the repository has no docs/none.md',
    );
    expect(() => of('README.md', '../outside.md')).to.throw('../outside.md');
  });

  it('are relative', () => {
    expect(relativeUrl('guide/a.html', 'index.html')).to.equal('../index.html');
    expect(relativeUrl('guide/a.html', 'guide/b.html#c')).to.equal('b.html#c');
    expect(relativeUrl('guide/a.html', 'guide/a.html#c')).to.equal('#c');
    expect(relativeUrl('a.html', 'https://example.org/')).to.equal('https://example.org/');
  });

  it('that lead nowhere are found', () => {
    const files = new Map([
      [
        'a.html',
        '<p id="x"><p id="x"><a href="b/c.html#y">c</a><a href="#z">z</a><img src="d.svg">',
      ],
      ['b/c.html', '<h1 id="y">c</h1><a href="../a.html#x">a</a><a href="mailto:e">e</a>'],
    ]);
    expect(brokenLinks(files)).to.deep.equal([
      'a.html has the id "x" twice',
      'a.html links to #z, and a.html has no such anchor',
      'a.html links to d.svg, and the site has no d.svg',
    ]);
  });
});
