/** Lengths of files and openings of doc comments, which no rule of the linter covers. */
import { expect } from 'chai';
import { complaintsIn } from '../../../../scripts/lib/houseRules.js';

/** Apart from the words that it opens, so that the rules do not see it here. */
const open = '/**';

const lines = (count: number) => 'x;\n'.repeat(count);

describe('house rules', () => {
  it('refuse a file that is too long for its folder', () => {
    expect(complaintsIn('kernels/webgl/a.ts', lines(280))).to.deep.equal([]);
    expect(complaintsIn('src/a.ts', lines(420))).to.deep.equal([]);
    const [kernel] = complaintsIn('kernels/webgl/a.ts', lines(281));
    expect(kernel).to.deep.equal({
      path: 'kernels/webgl/a.ts',
      line: 281,
      message: '281 lines; at most 280 here',
    });
    expect(complaintsIn('src/a.ts', lines(421))).to.have.length(1);
  });

  it('refuse a doc comment without a subject, on one line or on several', () => {
    const text = [
      'a;',
      `${open} What it does. */`,
      'b;',
      open,
      ' * Whether it is.',
      ' */',
      'c;',
      `${open} Whatever fits. */`,
    ].join('\n');
    const found = complaintsIn('src/a.ts', text);
    expect(found.map(({ line }) => line)).to.deep.equal([2, 4]);
    expect(found[0].message).to.include("opens with 'What'");
    expect(complaintsIn('src/a.ts', `/* What */ // Whether\n${open} Packs it. */\n`)).to.deep.equal(
      [],
    );
  });
});
