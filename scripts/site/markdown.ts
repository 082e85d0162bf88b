/** Markdown as HTML: anchors as on GitHub, coloured code, tables that scroll. */
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import { Lexer, Parser, Renderer, type Tokens } from 'marked';
import { escaped } from '../report/html.js';

for (const [name, language] of Object.entries({ bash, javascript, json, typescript, xml })) {
  hljs.registerLanguage(name, language);
}

/** Names of languages after ``` and as endings of files. */
const languages: Readonly<Record<string, string>> = {
  ...{ js: 'javascript', mjs: 'javascript', ts: 'typescript' },
  ...{ sh: 'bash', bash: 'bash', html: 'xml', json: 'json' },
};

export interface Heading {
  readonly depth: number;
  readonly id: string;
  /** HTML without links. */
  readonly html: string;
}

export interface Rendered {
  readonly html: string;
  /** Text of the first heading; empty if there is none. */
  readonly title: string;
  /** Text of the first paragraph. */
  readonly summary: string;
  readonly headings: readonly Heading[];
}

/**
 * Returns code with its colours, in a box that a script gives a button to copy it. Text without a
 * language is a drawing, which has no button.
 */
export function codeHtml(text: string, language: string): string {
  const known = languages[language];
  const coloured =
    known === undefined
      ? escaped(text)
      : hljs.highlight(text, { language: known, ignoreIllegals: true }).value;
  const copied = language === '' ? '' : ' data-copy';
  return `<div class="code"${copied}><pre tabindex="0"><code>${coloured}</code></pre></div>\n`;
}

const textOf = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => entities[name as keyof typeof entities]);

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" } as const;

/**
 * Anchors of the headings of one page, by GitHub's rule: lower case, only letters, digits, `-` and `_`,
 * hyphens for spaces, and a number for each repetition.
 */
export function makeAnchors(): (heading: string) => string {
  const seen = new Map<string, number>();
  return (heading) => {
    const id = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    return count === 0 ? id : `${id}-${count}`;
  };
}

/** Renderer of one page, which notes its headings. */
class PageRenderer extends Renderer {
  readonly headings: Heading[] = [];
  title = '';
  summary = '';
  private readonly anchor = makeAnchors();

  constructor(private readonly resolve: (address: string) => string) {
    super();
  }

  override heading({ tokens, depth }: Tokens.Heading): string {
    const html = this.parser.parseInline(tokens);
    const id = this.anchor(textOf(html));
    if (this.title === '') this.title = textOf(html);
    this.headings.push({ depth, id, html: html.replace(/<\/?a\b[^>]*>/g, '') });
    const link =
      depth === 1 ? '' : ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
    return `<h${depth} id="${id}">${html}${link}</h${depth}>\n`;
  }

  override paragraph(token: Tokens.Paragraph): string {
    const html = super.paragraph(token);
    if (this.summary === '') this.summary = textOf(html).trim().replace(/\s+/g, ' ');
    return html;
  }

  override code({ text, lang = '' }: Tokens.Code): string {
    return codeHtml(text, lang);
  }

  override table(token: Tokens.Table): string {
    const names = token.header.map(({ text }) => text.replaceAll('`', '')).filter(Boolean);
    const table = super.table(token).replace(/<th( [^>]*)?><\/th>/g, '<td></td>');
    const shown = names.length === 0 ? table.replace(/<thead>[\s\S]*?<\/thead>\n?/, '') : table;
    const label = ['Table', names.join(', ')].filter(Boolean).join(': ');
    return `<div class="scroll" role="group" aria-label="${escaped(label)}" tabindex="0">${shown}</div>\n`;
  }

  override link({ href, tokens }: Tokens.Link): string {
    return `<a href="${escaped(this.resolve(href))}">${this.parser.parseInline(tokens)}</a>`;
  }

  override image({ href, text }: Tokens.Image): string {
    return `<img src="${escaped(this.resolve(href))}" alt="${escaped(text)}" loading="lazy">`;
  }
}

/**
 * Renders a Markdown text of this repository. HTML in it stays as it is, because it is ours.
 * @param resolve returns the address of a link or picture as the page needs it
 */
export function render(markdown: string, resolve: (address: string) => string): Rendered {
  const renderer = new PageRenderer(resolve);
  const html = Parser.parse(Lexer.lex(markdown), { renderer });
  const { title, summary, headings } = renderer;
  return { html, title, summary, headings };
}
