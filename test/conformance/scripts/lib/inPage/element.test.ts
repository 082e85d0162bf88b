/** Tests of trees as elements of a page. */
import { expect } from 'chai';
import { toElement, toNodes } from '../../../../../scripts/lib/inPage/element.js';
import { h, toHTML } from '../../../../../scripts/report/html.js';

describe('html: elements of a page', () => {
  it('are those that the text of the tree gives', () => {
    const hostile = `<img src=x onerror="hit()"> & 'quoted'`;
    const attributes = { class: hostile, hidden: true, tabindex: -1, title: undefined };
    const dot = h('circle', { r: 5 }, h('title', {}, hostile));
    const tree = h(
      'div',
      attributes,
      hostile,
      null,
      h('br'),
      h('svg', { viewBox: '0 0 9 9' }, h('g', {}, dot)),
      h('b', { draggable: false }, 'after'),
    );
    const template = document.createElement('template');
    template.innerHTML = toHTML(tree);
    expect(toElement(tree).isEqualNode(template.content.firstChild)).to.equal(true);
  });

  it('keep listeners, and nodes of the page', () => {
    const clicks: string[] = [];
    const onclick = ({ type }: Event) => clicks.push(type);
    const input = toElement(h('input', { value: 'typed', onclick }));
    const form = toElement(h('form', {}, h('label', {}, 'name', input)));
    expect(form.querySelector('input')).to.equal(input);
    expect(form.elements[0].getAttributeNames()).to.deep.equal(['value']);
    input.click();
    expect(clicks).to.deep.equal(['click']);
    const nodes = toNodes(['text', null, input, h('i')]);
    expect(nodes.map((node) => (node instanceof Element ? node.tagName : node))).to.deep.equal([
      'text',
      'INPUT',
      'I',
    ]);
  });
});
