/** Tests of markers in Markdown. */
import { expect } from 'chai';
import { fillMarkers } from '../../../../scripts/figures/markers.js';
import { Failure } from '../../../../scripts/lib/errors.js';

const blocks = new Map([
  ['one', '| a |'],
  ['two', '| b |'],
  ['nothing', ''],
]);

const marked = (...names: string[]) =>
  names.map((name) => `<!-- figures: ${name} -->\nold\n<!-- /figures -->\n`).join('');

const fill = (text: string, required: string[] = []) =>
  fillMarkers('docs/x.md', text, blocks, required);

function fault(text: string, required: string[] = []): string {
  try {
    fill(text, required);
  } catch (error) {
    expect(error).to.be.instanceOf(Failure);
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

describe('figures: markers', () => {
  it('replaces what they enclose, and nothing else', () => {
    const text = `before\n${marked('one')}between\n${marked('nothing')}after\n`;
    const filled = fill(text, ['one']);
    expect(filled).to.equal(
      'before\n<!-- figures: one -->\n\n| a |\n\n<!-- /figures -->\nbetween\n' +
        '<!-- figures: nothing -->\n\n<!-- /figures -->\nafter\n',
    );
    expect(fill(filled)).to.equal(filled);
    expect(fill('no marker\n')).to.equal('no marker\n');
  });

  it('names the file, the line and the marker that is wrong', () => {
    expect(fault(marked('one'), ['one', 'two'])).to.equal(
      'docs/x.md: <!-- figures: two --> is missing; add it and <!-- /figures -->, each on a line of its own',
    );
    expect(fault(marked('one', 'two', 'one'))).to.equal(
      'docs/x.md:7: <!-- figures: one --> is there a second time, after line 1',
    );
    expect(fault('text\n<!-- figures: one -->\ntext\n')).to.equal(
      'docs/x.md:2: <!-- figures: one --> is not closed with <!-- /figures -->',
    );
    expect(fault(`<!-- figures: one -->\n${marked('two')}`)).to.match(
      /^docs\/x\.md:2: <!-- figures: two --> begins inside <!-- figures: one -->; close that/,
    );
    expect(fault('<!-- /figures -->\n')).to.match(/^docs\/x\.md:1: <!-- \/figures --> closes noth/);
    expect(fault(marked('three'))).to.equal(
      'docs/x.md:1: <!-- figures: three --> is unknown; it must be one of one, two, nothing',
    );
  });

  it('refuses a marker that it would not see', () => {
    expect(fault('<!-- figures:one -->\n')).to.match(
      /^docs\/x\.md:1: "<!-- figures:one -->" is no/,
    );
    expect(fault(' <!--figures: one-->\n')).to.match(/is no marker; it must be <!-- figures: NAME/);
    expect(fault('<!-- figures: one -->\n<!-- / figures -->\n')).to.match(/^docs\/x\.md:2: /);
  });
});
