/** Tests that the documents list what the package throws and logs, in its own words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../../../scripts/lib/root.js';
import {
  isListed,
  listedIn,
  messagesIn,
  packageSources,
} from '../../../../scripts/site/messages.js';

const documents = ['troubleshooting', 'guide/engines', 'guide/threads', 'guide/capture'];

/** Errors that mean a fault of this package, and which no use of it should meet. */
const invariants = [
  'the value is computed in the same program',
  'the tensor does not lie in planes',
  'no uniform block of … bytes has room for the filter',
  'the weight is not on the CPU',
  'the filter is too large for a uniform block',
  'the filter is too large for a texture',
  'the tensor is too large for a texture',
  'program reads … textures, … were given',
  'layout: shape […] has rank …, not 4',
  'heap: there is no block at …',
  "there is no device profile '…'; use one of …",
  '… gave […], and now gives […]',
];

describe('the words of errors and warnings', () => {
  const messages = messagesIn(packageSources(root));
  const listed = new Map(
    documents.map((name) => [name, listedIn(readFileSync(join(root, `docs/${name}.md`), 'utf8'))]),
  );
  const all = [...listed.values()].flat();

  for (const [name, texts] of listed) {
    it(`of docs/${name}.md are in the sources`, () => {
      expect(texts).not.to.have.length(0);
      const sources = [...messages.texts];
      expect(texts.filter((text) => !sources.some((one) => one.includes(text)))).to.deep.equal([]);
    });
  }

  it('are listed for every warning', () => {
    expect(messages.warnings).to.have.length.of.at.least(5);
    expect(messages.warnings.filter((text) => !isListed(text, all))).to.deep.equal([]);
  });

  it('are listed for every error, but for faults of the package itself', () => {
    const missing = messages.errors
      .map(({ text }) => text)
      .filter((text) => /\p{L}/u.test(text) && !isListed(text, [...all, ...invariants]));
    expect(missing).to.deep.equal([]);
  });
});

describe('the collection of messages', () => {
  it('joins parts, and knows constants', () => {
    const { texts, warnings, errors } = messagesIn(
      new Map([
        ['a.ts', "export const FLAG = 'TILED_X';"],
        ['b.ts', `console.warn(\`tiled: \${FLAG} is \${value}; \` + "it must be 1");`],
        ['c.ts', `if (x) throw new RangeError(\`\${name}: no \` + (\`more \` + than(2)));`],
      ]),
    );
    expect(warnings).to.deep.equal(['tiled: TILED_X is …; it must be 1']);
    expect(errors).to.deep.equal([{ name: 'RangeError', text: '…: no more …' }]);
    expect([...texts]).to.include('…: no more …');
  });

  it('reads headings, and tables of messages only', () => {
    const markdown = [
      ...['# `none`', '### `tiled: …`', '| message | x |', '|---|---|', '| `a …`, `b` | `c` |', ''],
      ...['| flag | x |', '|---|---|', '| `d` | |'],
    ];
    expect(listedIn(markdown.join('\n'))).to.deep.equal(['tiled: …', 'a …', 'b']);
  });

  it('finds a message that is listed in part, if that is most of it', () => {
    expect(isListed('tiled: …. …', ['tiled: …'])).to.equal(true);
    expect(isListed('tiled: the tuning is ignored', ['tiled: '])).to.equal(false);
  });
});
