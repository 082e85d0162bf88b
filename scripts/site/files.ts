/** All files of the website, made of the repository's documents, sources and built pages. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Failure } from '../lib/errors.js';
import { escaped } from '../report/html.js';
import { readExports } from './api/declarations.js';
import { apiMarkdown } from './api/page.js';
import { brokenLinks } from './check.js';
import { documentOf, type Page } from './layout.js';
import { fileId, isCopied, isExternal, relativeUrl, sourceUrl, targetOf } from './links.js';
import { codeHtml, type Rendered, render } from './markdown.js';
import { allPages, entryPages, exampleNames, toolFiles } from './pages.js';

/** Files of a site, by address. */
export type SiteFiles = Map<string, string | Uint8Array>;

/** Place of the demo in README.md. */
const DEMO = '<!-- site: demo -->';

/** Section of the start page that runs a net; site.ts loads its script. */
const demoHtml = `<section class="demo" aria-labelledby="demo-title">
<h2 id="demo-title">On this device</h2>
<p>MobileNetV3-small, with seeded weights, on stock tfjs and on <code>tiled</code>, here in this page: nothing is
sent, and nothing is loaded from elsewhere. It takes some seconds.</p>
<p><button type="button" id="demo-run" disabled>Run</button></p>
<div id="demo" aria-live="polite"><noscript>The net runs in this page, which needs JavaScript.</noscript></div>
<p>With a model of yours: <a href="own-model.html">measure your own model</a>.</p>
</section>
`;

/** Maker of one site. */
class Site {
  readonly files: SiteFiles = new Map();
  /** Files and folders of the repository that documents link to. */
  private readonly needed = new Set<string>();
  private readonly version: string;

  constructor(private readonly root: string) {
    this.version = JSON.parse(this.text('package.json')).version;
  }

  text(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  add(page: Page): void {
    this.files.set(page.url, documentOf(page, this.version));
  }

  copy(path: string, url: string): void {
    this.files.set(url, readFileSync(join(this.root, path)));
  }

  /** Renders Markdown of a file of the repository for a page of the site. */
  rendered(markdown: string, source: string, url: string): Rendered {
    return render(markdown, (address) => {
      if (isExternal(address)) return address;
      const { url: to, needs } = targetOf(this.root, source, address);
      if (needs !== null) this.needed.add(needs);
      return relativeUrl(url, to);
    });
  }

  addDocument(url: string, source: string): void {
    const { html, ...facts } = this.rendered(this.text(source), source, url);
    this.add({ url, ...facts, html: html.replace(DEMO, demoHtml) });
  }

  /** Adds a page for each entry of the package. */
  addReference(): void {
    const { exports } = JSON.parse(this.text('package.json'));
    const types = Object.entries(entryPages).map(([name, entry]) => [
      name,
      // The validator is a package of its own, whose declarations are built with the others.
      exports[entry]?.import.types ?? `./dist/types/src/${name}/index.d.ts`,
    ]);
    const all = readExports(this.root, Object.fromEntries(types));
    for (const [name, entry] of Object.entries(entryPages)) {
      const markdown = apiMarkdown(all, name, entry);
      this.add({ url: `api/${name}.html`, ...render(markdown, (address) => address) });
    }
  }

  /** Adds the page of an example, which shows all its files. */
  addExample(name: string): void {
    const folder = `examples/${name}`;
    const readme = 'examples/README.md';
    const about = new RegExp(`^\\| \\[${name}\\]\\([^)]*\\) \\| (.*) \\|$`, 'm').exec(
      this.text(readme),
    )?.[1];
    if (about === undefined) throw new Failure(`${readme} has no line about ${name}`);
    const paths = this.filesIn(folder);
    const url = `${folder}.html`;
    const intro = this.rendered(`# Example: ${name}\n\nShows ${about}.`, readme, url);
    const headings = paths.map((path) => ({ depth: 2, id: fileId(path), html: escaped(path) }));
    const parts = paths.map((path, i) => {
      const code = codeHtml(this.text(`${folder}/${path}`), extname(path).slice(1));
      return `<h2 id="${headings[i].id}">${escaped(path)}</h2>\n${code}`;
    });
    const run = '<p>How to run it: <a href="index.html">all examples</a>.</p>';
    this.add({ ...intro, url, headings, html: `${intro.html}${run}${parts.join('')}` });
  }

  /** Returns the files of a folder that belong to the repository. */
  private filesIn(folder: string): string[] {
    const names = readdirSync(join(this.root, folder), { recursive: true, encoding: 'utf8' });
    return names
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => !/(^|\/)(dist|node_modules)(\/|$)/.test(name))
      .filter((name) => statSync(join(this.root, folder, name)).isFile())
      .sort();
  }

  /** Adds what documents link to: pictures and data as they are, sources and folders as pages. */
  addNeeded(): void {
    for (const path of this.needed) {
      if (statSync(join(this.root, path)).isDirectory()) this.addFolder(path);
      else if (isCopied(path)) this.copy(path, `files/${path}`);
      else this.addSource(path);
    }
  }

  private addSource(path: string): void {
    const code = codeHtml(this.text(path), extname(path).slice(1));
    const html = `<h1>${escaped(path)}</h1>\n${code}`;
    const summary = `The file ${path} of the repository.`;
    this.add({ url: sourceUrl(path), title: path, summary, html, headings: [] });
  }

  private addFolder(path: string): void {
    const url = sourceUrl(path);
    const items = this.filesIn(path).map((name) => {
      const file = `${path}/${name}`;
      const { url: to, needs } = targetOf(this.root, 'README.md', file);
      if (needs !== null) this.needed.add(needs);
      return `<li><a href="${relativeUrl(url, to)}">${escaped(name)}</a></li>`;
    });
    const html = `<h1>${escaped(path)}</h1>\n<ul>${items.join('')}</ul>`;
    const summary = `The folder ${path} of the repository.`;
    this.add({ url, title: path, summary, html, headings: [] });
  }
}

/**
 * Makes all files of the site.
 * @param root folder of the repository, with what the command's build has made in dist/
 * @throws Failure if a document links to a file that the repository does not have, or a link or anchor
 *   leads nowhere
 */
export function siteFiles(root: string): SiteFiles {
  const site = new Site(root);
  for (const { url, source } of allPages) if (source !== null) site.addDocument(url, source);
  site.addReference();
  for (const name of exampleNames) site.addExample(name);
  site.addNeeded();
  site.copy('scripts/site/site.css', 'site.css');
  site.copy('scripts/site/icon.svg', 'icon.svg');
  site.copy('LICENSE', 'LICENSE.txt');
  for (const name of ['site.js', 'demo.js']) site.copy(`dist/site/${name}`, name);
  for (const name of toolFiles) {
    const file = `dist/pages/${name}`;
    // Pages are kept as text, so that the check of links reads them.
    if (name.endsWith('.html')) site.files.set(name, site.text(file));
    else site.copy(file, name);
  }
  const broken = brokenLinks(site.files);
  if (broken.length > 0) throw new Failure(broken.join('\n'));
  return site.files;
}
