/**
 * Tests of mutated input from users: case ids, reports, tuning records, lists of known failures.
 * Each is read, or refused with one of our Errors in words; what is read means what it says.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { kernelOfKey } from '../../kernels/webgl/convKey.js';
import { variants } from '../../kernels/webgl/variants.js';
import { UsageError } from '../../scripts/lib/errors.js';
import { readExpectations } from '../../scripts/validator/command/expectations.js';
import { readReport } from '../../scripts/validator/page/report.js';
import { anyOf, keep, rowsOf } from '../../scripts/validator/page/rows.js';
import { junitXml } from '../../scripts/validator/report/junit.js';
import { readRecord } from '../../src/tune/record.js';
import {
  type CaseResult,
  caseId,
  coreGrid,
  countResults,
  parseCaseId,
  type ValidationReport,
  writeJson,
} from '../../src/validator/index.js';
import { readBaseline } from '../tfjsCore/baseline.js';

const seed = 7;
const numRuns = 2000;

/** Makes texts with some characters cut out, doubled, or replaced by others that occur in them. */
function mutated(texts: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom('', ...pieces));
  const changes = fc.array(change, { minLength: 1, maxLength: 3 });
  return fc.tuple(fc.constantFrom(...texts), changes).map(([text, list]) =>
    list.reduce((changed, [at, length, piece]) => {
      const start = at % (changed.length + 1);
      return changed.slice(0, start) + piece + changed.slice(start + length);
    }, text),
  );
}

/** Returns the value read, or the readable message of an Error, which must be of the given kind. */
function outcome<T>(read: () => T, kind: abstract new (...args: never[]) => Error = Error) {
  try {
    return { value: read() };
  } catch (error) {
    expect((error as object).constructor, String((error as Error).stack)).to.equal(kind);
    const { message } = error as Error;
    expect(message).to.match(/^[^\n]{10,}$/);
    expect(message).to.not.match(/undefined is not|Cannot read|is not a function|is not iterable/);
    return { message };
  }
}

/** Expects both outcomes to occur, because otherwise the property says nothing. */
function expectBoth(outcomes: readonly object[]): void {
  expect(outcomes.some((one) => 'value' in one)).to.equal(true);
  expect(outcomes.some((one) => 'message' in one)).to.equal(true);
}

describe('a mutated case id', () => {
  const ids = [...coreGrid()].filter((_, i) => i % 97 === 0).map(caseId);
  const pieces = ['=', ';', ':', 'x', ',', '0', '9', '-1', '1.5', 'NaN', '1e9', '__proto__=1', 'é'];

  it('is refused, or is a case that its own id parses to', () => {
    const seen: object[] = [];
    const more = fc.oneof(mutated(ids, pieces), fc.string());
    fc.assert(
      fc.property(more, (id) => {
        const found = outcome(() => parseCaseId(id));
        seen.push(found);
        if ('message' in found) expect(found.message).to.contain('Case id ');
        else expect(parseCaseId(caseId(found.value as never))).to.deep.equal(found.value);
      }),
      { numRuns, seed },
    );
    expectBoth(seen);
  });

  const base = 'conv2d:in=1x4x4x1;f=2x2x1x1;stride=1;pad=same;dil=1;fmt=NHWC;seed=1';
  const refused: [string, string, RegExp][] = [
    ['seed=1', `seed=${'9'.repeat(400)}`, /seed=9+ must be a whole number/],
    ['seed=1', 'seed=9007199254740993', /seed=9007199254740993 must be a whole number/],
    ['in=1x4', 'in=1000000x1000000', /in would have 4000000000000 values/],
    ['pad=same', 'pad=900000', /the output would have \d+ values/],
    ['fmt=NHWC', 'fmt=NHWC\nfmt', /^Case id "[^\n]*": fmt=NHWC\\nfmt|must be NHWC or NCHW/],
  ];
  for (const [part, other, message] of refused) {
    it(`with ${JSON.stringify(other.slice(0, 40))} is refused`, () => {
      expect(() => parseCaseId(base.replace(part, other))).to.throw(Error, message);
    });
  }
});

describe('a mutated report', () => {
  const result: CaseResult = {
    id: 'conv2d:in=1x4x4x1;f=2x2x1x1;stride=1;pad=same;dil=1;fmt=NHWC;seed=1',
    family: 'conv2d',
    variant: null,
    verdict: 'pass',
    error: 0.25,
    stockError: { cpu: 0, webgl: null },
    message: 'all 16 values agree',
    first: null,
    ms: 3,
  };
  const first = { at: [0, 1, 2, 0], actual: 1, expected: Number.NaN, bound: 0, units: Infinity };
  const cases: CaseResult[] = [
    result,
    { ...result, variant: 'general', verdict: 'backendWrong', error: Infinity, first },
    { ...result, family: 'depthwise', expectation: { outcome: 'xpass', reason: 'a bug' } },
  ];
  const report: ValidationReport = {
    device: { userAgent: 'a browser', renderer: 'a GPU', backend: 'mine', reference: ['cpu'] },
    versions: { tfjs: '4.22.0', package: '0.1.0' },
    seed: 1,
    grid: 'core',
    counts: countResults(cases),
    cases,
  };

  /** Uses a report as the page's views and the other files do. */
  function use(read: ValidationReport): void {
    const rows = rowsOf([read.cases, cases]);
    for (const row of rows) {
      keep(row, { verdict: 'failures', family: 'conv2d', text: 'agree' });
      anyOf(row);
    }
    junitXml(read.device.backend, read.cases);
  }

  it('is read as it was written when nothing is changed', () => {
    expect(readReport(writeJson(report))).to.deep.equal(report);
    use(readReport(writeJson(report)));
  });

  /** Copies a value, with the part at some place replaced or missing. */
  function altered(value: unknown, place: number, other: unknown): unknown {
    let left = place;
    const walk = (part: unknown): unknown => {
      if (left-- === 0) return other;
      if (Array.isArray(part)) return part.map(walk);
      if (typeof part !== 'object' || part === null) return part;
      return Object.fromEntries(Object.entries(part).map(([name, v]) => [name, walk(v)]));
    };
    return walk(value);
  }

  it('is refused, or every view and every file can be made of it', () => {
    const seen: object[] = [];
    const others = fc.oneof(
      fc.constantFrom(undefined, null, [], {}, '', 'NaN', -1),
      fc.jsonValue(),
    );
    const text = fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .tuple(fc.nat(70), others)
          .map(([at, v]) => writeJson(altered(report, at, v)) ?? ''),
      },
      { weight: 2, arbitrary: mutated([writeJson(report)], ['{', ']', '"', ',', 'null', ':']) },
      { weight: 1, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
    );
    fc.assert(
      fc.property(text, (written) => {
        const found = outcome(() => readReport(written));
        seen.push(found);
        if ('value' in found) use(found.value as ValidationReport);
      }),
      { numRuns, seed },
    );
    expectBoth(seen);
  });

  const wrong: [unknown, RegExp][] = [
    [null, /not a report of the validator: it is not an object/],
    [[], /it is not an object/],
    [{ ...report, cases: undefined }, /^it is not a report of the validator: cases is missing$/],
    [{ ...report, device: { backend: 'x' } }, /device is \{"backend":"x"\}/],
    [{ ...report, cases: [null] }, /^cases\[0\] is not an object$/],
    [
      { ...report, cases: [result, { ...result, verdict: 'fine' }] },
      /cases\[1\]: verdict is "fine"/,
    ],
    [{ ...report, cases: [{ ...result, stockError: null }] }, /cases\[0\]: stockError is null/],
    [{ ...report, cases: [{ ...result, first: { at: 3 } }] }, /cases\[0\]: first is \{"at":3\}/],
  ];
  for (const [value, message] of wrong) {
    it(`such as ${JSON.stringify(value).slice(0, 30)}... is refused: ${message.source}`, () => {
      expect(() => readReport(JSON.stringify(value))).to.throw(Error, message);
    });
  }
});

describe('a mutated tuning record', () => {
  const place = { version: '1.2.3', renderer: 'Some GPU' };
  const key = 'conv2d:in=1x14x14x16;f=3x3x8;stride=1x1;dil=1x1;pad=1,1;out=14x14;linear;tile=none';
  const names = variants.map(({ name }) => name);
  const record = (name: string) => JSON.stringify({ ...place, choices: { [key]: name } });

  it('is refused, or names a variant of its kernel and nothing else', () => {
    const seen: object[] = [];
    const pieces = [
      '"',
      '{',
      '}',
      ',',
      ':',
      '1',
      'x',
      'depthwise-',
      'general',
      '__proto__',
      '\\u0000',
    ];
    fc.assert(
      fc.property(mutated(names.map(record), pieces), (text) => {
        const found = outcome(() => readRecord(text, place, variants));
        seen.push(found);
        for (const [ownKey, name] of 'value' in found ? (found.value?.choices ?? []) : []) {
          const row = variants.find((variant) => variant.name === name);
          expect(row?.kernel).to.equal(kernelOfKey(ownKey));
        }
      }),
      { numRuns, seed },
    );
    expectBoth(seen);
  });
});

describe('a file handed in', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'handed-in-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('as a list of known failures gives a reason for what it names, or is refused with its line', () => {
    const file = join(folder, 'xfail.txt');
    const id = 'conv2d:in=1x4x4x1;f=2x2x1x1;stride=1;pad=same;dil=1;fmt=NHWC;seed=1';
    const text = `# known\n${id}  # a driver\n\ndepthwise*;fmt=NHWC;* # odd (sizes) [here]\n`;
    const pieces = ['#', '*', '\n', '(', '[', '\\', ' ', '$', '\u0000'];
    const seen: object[] = [];
    fc.assert(
      fc.property(mutated([text], pieces), (written) => {
        writeFileSync(file, written);
        const found = outcome(() => readExpectations(file), UsageError);
        seen.push(found);
        if ('message' in found) expect(found.message).to.match(/line \d+ gives no reason/);
        for (const one of 'value' in found ? [id, 'something else'] : []) {
          const reason = found.value?.(one) ?? '';
          expect(written).to.contain(reason);
        }
      }),
      { numRuns: 500, seed },
    );
    expectBoth(seen);
  });

  it('as a baseline of tfjs-core’s tests names what failed, or is refused', () => {
    const file = join(folder, 'baseline.json');
    const result = { passed: 1, skipped: 0, failures: [{ name: 'a b', messages: ['c'] }] };
    const seen: object[] = [];
    const text = fc.oneof(
      mutated([JSON.stringify(result)], ['{', ']', '"', ',', 'null', ':', 'name']),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.jsonValue().map((failures) => JSON.stringify({ failures })),
    );
    fc.assert(
      fc.property(text, (written) => {
        writeFileSync(file, written);
        const found = outcome(() => readBaseline(file), UsageError);
        seen.push(found);
        if ('message' in found) expect(found.message).to.match(/^--baseline is ".*, which is not/);
      }),
      { numRuns: 500, seed },
    );
    expectBoth(seen);
    writeFileSync(file, JSON.stringify(result));
    expect([...readBaseline(file).keys()]).to.deep.equal(['a b']);
  });
});
