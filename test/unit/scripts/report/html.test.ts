/** Tests of HTML as text: escaping, attributes, and what no text can have. */
import { expect } from 'chai';
import { type Child, h, toHTML } from '../../../../scripts/report/html.js';
import { htmlDocument } from '../../../../scripts/report/markup.js';

describe('html: text', () => {
  it('escapes strings, in content and in attributes', () => {
    const text = `<b> & "c" 'd'`;
    expect(toHTML(h('p', { title: text }, text))).to.equal(
      `<p title="&lt;b&gt; &amp; &quot;c&quot; 'd'">&lt;b&gt; &amp; &quot;c&quot; 'd'</p>`,
    );
  });

  it('leaves out what is false, undefined or null', () => {
    const attributes = { hidden: true, disabled: false, class: undefined, tabindex: -1 };
    expect(toHTML(h('div', attributes, null, h('i'), 'x'))).to.equal(
      '<div hidden tabindex="-1"><i></i>x</div>',
    );
    expect(toHTML(h('p', {}, 'a', h('br'), 'b'))).to.equal('<p>a<br>b</p>');
  });

  it('takes the text of a style as it is, unless that would end it', () => {
    expect(toHTML(h('style', {}, 'a > b { content: "&" }'))).to.equal(
      '<style>a > b { content: "&" }</style>',
    );
    expect(() => toHTML(h('style', {}, '</STYLE><img>'))).to.throw('would end its <style>');
    expect(() => toHTML(h('script', {}, '"<!--<script>"'))).to.throw('would end its <script>');
  });

  it('refuses what only a page has', () => {
    expect(() => toHTML(h('button', { onclick: () => {} }))).to.throw('onclick is a listener');
    const node = { nodeName: 'DIV' } as unknown as Child;
    expect(() => toHTML(h('p', {}, node))).to.throw('DIV is a node of a page');
  });

  it('makes a document with an escaped title', () => {
    const text = htmlDocument('</title>', 'p { margin: 0 }', [h('p', {}, '<x>')]);
    expect(text).to.match(/^<!doctype html>\n<html lang="en"><head>.*<\/html>\n$/);
    expect(text).to.contain('<title>&lt;/title&gt;</title><style>p { margin: 0 }</style>');
    expect(text).to.contain('<body><p>&lt;x&gt;</p></body>');
  });
});
