/** Lengths of files and openings of doc comments, which no rule of the linter covers. */
import { expect } from 'chai';
import { complaintsIn } from '../../scripts/lib/houseRules.js';

const lines = (count: number) => 'x;\n'.repeat(count);

describe('house rules', () => {
  it('refuse a file that is too long for its folder', () => {
    expect(complaintsIn('kernels/webgl/a.ts', lines(260))).to.deep.equal([]);
    expect(complaintsIn('src/a.ts', lines(400))).to.deep.equal([]);
    const [kernel] = complaintsIn('kernels/webgl/a.ts', lines(261));
    expect(kernel).to.deep.equal({
      path: 'kernels/webgl/a.ts',
      line: 261,
      message: '261 lines; at most 260 here',
    });
    expect(complaintsIn('src/a.ts', lines(401))).to.have.length(1);
  });

  it('refuse a doc comment without a subject, on one line or on several', () => {
    const text =
      'a;\n/** What it does. */\nb;\n/**\n * Whether it is.\n */\nc;\n/** Whatever fits. */\n';
    const found = complaintsIn('src/a.ts', text);
    expect(found.map(({ line }) => line)).to.deep.equal([2, 4]);
    expect(found[0].message).to.include("opens with 'What'");
    expect(complaintsIn('src/a.ts', '/* What */ // Whether\n/** Packs it. */\n')).to.deep.equal([]);
  });
});
