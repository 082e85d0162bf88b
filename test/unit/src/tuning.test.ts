/** Tests of tuning without a device: keys, records, the order of plans, and the search in a net. */

import { expect } from 'chai';
import fc from 'fast-check';
import { type ConvShape, convShape } from '../../../kernels/shape/convShape.js';
import { convKey, kernelOfKey } from '../../../kernels/webgl/convKey.js';
import { profileNamed } from '../../../kernels/webgl/devices.js';
import type { Limits } from '../../../kernels/webgl/runner.js';
import { convPlans, variants } from '../../../kernels/webgl/variants.js';
import { type Measured, median } from '../../../src/tune/measure.js';
import { type Choices, type SeenConv, tuningFrom } from '../../../src/tune/order.js';
import { readRecord, writeRecord } from '../../../src/tune/record.js';
import { bestOf, search } from '../../../src/tune/search.js';
import { tile } from '../../support/glsl/glslTensors.js';

const rasteriser = profileNamed('swiftshader');

const limits: Limits = {
  maxTextureSize: 8192,
  maxTargets: 8,
  maxSamplers: 16,
  sharesTextures: false,
  maxBlockBytes: 65536,
  device: rasteriser,
  precision: 'float32' as const,
};
const plain = { activation: 'linear', bias: false } as const;
const place = { version: '1.2.3', renderer: 'Some GPU' };

const shape = convShape('conv2d', [1, 14, 14, 16], [3, 3, 16, 8], { strides: 1, pad: 'same' });
const key = convKey(shape, plain, null);
const depthwise = convKey(
  convShape('depthwiseConv2d', [2, 9, 8, 6], [3, 3, 6, 2], { strides: [2, 1], pad: 3 }),
  { activation: 'relu6', bias: true },
  tile(4, 2, 1),
);

/** Returns the lines that console.warn receives while `body` runs. */
function warningsOf(body: () => void): string[] {
  const { warn } = console;
  const lines: string[] = [];
  console.warn = (line: string) => void lines.push(line);
  try {
    body();
  } finally {
    console.warn = warn;
  }
  return lines;
}

describe('tuning keys', () => {
  it('contain everything that a measurement depends on', () => {
    expect(key).to.equal(
      'conv2d:in=1x14x14x16;f=3x3x8;stride=1x1;dil=1x1;pad=1,1;out=14x14;linear;tile=none',
    );
    expect(depthwise).to.equal(
      'depthwiseConv2d:in=2x9x8x6;f=3x3x12;stride=2x1;dil=1x1;pad=3,3;out=7x6;relu6+bias;tile=4x2x1',
    );
    expect(kernelOfKey(key)).to.equal('conv2d');
    expect(kernelOfKey(depthwise)).to.equal('depthwiseConv2d');
    const transposed = convKey({ ...shape, kernel: 'conv2dTranspose' }, plain, null);
    expect(kernelOfKey(transposed)).to.equal('conv2dTranspose');
  });

  it('differ when any number of the convolution, the fusion or the tile differs', () => {
    const numbers = (Object.keys(shape) as (keyof ConvShape)[]).filter(
      (name) =>
        typeof shape[name] === 'number' &&
        // These derive from the others, or affect the output by its size alone.
        !['channelMultiplier', 'padBottom', 'padRight'].includes(name),
    );
    const keys = [
      key,
      ...numbers.map((name) =>
        convKey({ ...shape, [name]: (shape[name] as number) + 1 }, plain, null),
      ),
      convKey({ ...shape, kernel: 'depthwiseConv2d' }, plain, null),
      convKey(shape, { activation: 'relu', bias: false }, null),
      convKey(shape, { activation: 'linear', bias: true }, null),
      convKey(shape, plain, tile(4, 2, 1)),
      convKey(shape, plain, tile(2, 4, 1)),
    ];
    expect(numbers.length).to.be.above(12);
    expect(new Set(keys).size).to.equal(keys.length);
    for (const each of keys) expect(kernelOfKey(each), each).to.not.equal(null);
  });

  it('are distinguished from other text', () => {
    fc.assert(fc.property(fc.string(), (text) => kernelOfKey(text) === null));
    for (const wrong of [`${key} `, key.replace('14', '0'), key.replace('none', '4x2')]) {
      expect(kernelOfKey(wrong), wrong).to.equal(null);
    }
  });
});

describe('tuning records', () => {
  const choices: Choices = new Map([
    [key, 'direct-2x2x1'],
    [depthwise, 'depthwise-general'],
  ]);
  const measured = { fetch: 0.01, weight: 0.008, multiplyAdd: 0.001, block: 0.001, draw: 2400 };
  const text = writeRecord(place, { choices, measured });
  const read = (record: unknown, where = place) =>
    readRecord(typeof record === 'string' ? record : JSON.stringify(record), where, variants);

  it('are read as they were written', () => {
    expect(read(text)).to.deep.equal({ choices, measured });
    const none = { choices: new Map(), measured: null };
    expect(read(writeRecord(place, none))).to.deep.equal(none);
  });

  const good = { ...place, choices: { [key]: 'general' } };
  const wrong: Record<string, [record: unknown, message: RegExp]> = {
    'text that is no JSON': ['{"version"', /must be JSON/],
    'no object': [[good], /must be an object; got \[/],
    null: [null, /must be an object; got null/],
    'another version': [
      { ...good, version: '0.9.0' },
      /record of version "0.9.0"; this is "1.2.3"/,
    ],
    'no version': [{ ...good, version: undefined }, /of version undefined; this is "1.2.3"/],
    'another renderer': [
      { ...good, renderer: 'Other GPU' },
      /record of renderer "Other GPU"; this is "Some GPU"/,
    ],
    'no choices': [place, /choices is undefined; it must be an object/],
    'a list of choices': [{ ...place, choices: [key] }, /choices is \[".*; it must be an object/],
    'a key of nothing': [{ ...place, choices: { conv: 'general' } }, /"conv", which names no conv/],
    'a prototype': [
      `{"version":"1.2.3","renderer":"Some GPU","choices":{"__proto__":"general"}}`,
      /"__proto__", which names no convolution/,
    ],
    'no charges': [{ ...good, measured: 7 }, /measured is 7; it must have nanoseconds above 0 for/],
    'a charge of nothing': [
      { ...good, measured: { ...measured, draw: 0 } },
      /measured is \{.*"draw":0\}; it must have nanoseconds above 0 for fetch, .*draw$/,
    ],
    'an unknown variant': [
      { ...place, choices: { [key]: 'fastest' } },
      /choices\["conv2d:in=.*"\] is "fastest"; it must be one of direct-.*, general$/,
    ],
    'a variant of another kernel': [
      { ...place, choices: { [key]: 'depthwise-general' } },
      /is "depthwise-general"; it must be one of direct-/,
    ],
    'a variant that is no text': [
      { ...place, choices: { [key]: { name: 'general' } } },
      /is \{"name":"general"\}; it must be one of/,
    ],
  };
  for (const [name, [record, message]] of Object.entries(wrong)) {
    it(`refuse ${name} in one line`, () => {
      expect(() => read(record)).to.throw(Error, message);
      expect(() => read(record)).to.throw(Error, /^[^\n]*$/);
    });
  }

  it('are read, or refused with an Error, for any JSON', () => {
    const holds = (value: unknown) => {
      try {
        for (const [k, name] of read(value).choices) {
          const row = variants.find((variant) => variant.name === name);
          if (row === undefined || row.kernel !== kernelOfKey(k)) return false;
        }
        return true;
      } catch (error) {
        return (
          (error as Error).constructor === Error && (error as Error).message.split('\n').length <= 2
        );
      }
    };
    const anyKey = fc.oneof(fc.constantFrom(key, depthwise), fc.string());
    const anyName = fc.oneof(fc.constantFrom(...variants.map(({ name }) => name)), fc.anything());
    fc.assert(fc.property(fc.jsonValue(), holds));
    fc.assert(fc.property(fc.string(), (value) => holds(JSON.stringify(value)) && holds(value)));
    fc.assert(
      fc.property(fc.dictionary(anyKey, anyName), (entries) => {
        return holds({ ...place, choices: JSON.parse(JSON.stringify(entries)) });
      }),
    );
    const cut = fc.integer({ min: 0, max: text.length - 1 });
    fc.assert(fc.property(cut, (end) => holds(text.slice(0, end))));
  });
});

describe('tuned order', () => {
  const plans = convPlans(shape, plain, limits, null);
  const names = plans.map(({ variant }) => variant);

  it('puts the choice first and keeps the ladder below it', () => {
    for (const choice of names) {
      const order = tuningFrom(new Map([[key, choice]])).order(plans, shape, plain, null);
      expect(order.map(({ variant }) => variant)).to.deep.equal([
        choice,
        ...names.filter((name) => name !== choice),
      ]);
    }
  });

  it('is the order of the estimate for a convolution without a choice', () => {
    const tuning = tuningFrom(new Map([[key, names[1]]]));
    expect(tuning.order(plans, shape, plain, tile(4, 2, 1))).to.equal(plans);
  });

  it('skips a choice that is not among the plans, with one warning', () => {
    const other = convKey(shape, { activation: 'relu', bias: false }, null);
    const choices = new Map([
      [key, 'depthwise-8x1x1'],
      [other, 'depthwise-8x1x1'],
    ]);
    const tuning = tuningFrom(choices);
    const lines = warningsOf(() => {
      for (let run = 0; run < 2; run++) {
        expect(tuning.order(plans, shape, plain, null)).to.equal(plans);
        expect(tuning.order(plans, shape, { activation: 'relu', bias: false }, null)).to.equal(
          plans,
        );
      }
    });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include(key).and.to.include('depthwise-8x1x1');
    expect(choices.size).to.equal(0);
  });

  it('reports every convolution to its observer', () => {
    const seen: SeenConv[] = [];
    tuningFrom(new Map(), (conv) => seen.push(conv)).order(plans, shape, plain, null);
    expect(seen).to.deep.equal([{ key, shape, fusion: plain, resident: null }]);
  });
});

describe('the best variant of a layer', () => {
  const measured = (
    ...plans: [variant: string, kernel: number, arrive: number, depart: number][]
  ) =>
    bestOf.bind(null, {
      key,
      before: 'a',
      plans: plans.map(([variant, kernel, arrive, depart]) => ({
        variant,
        kernel,
        arrive,
        depart,
      })),
    });

  it('includes the cost of converting its input, and a share of converting its output back', () => {
    const best = measured(['a', 10, 0, 0], ['b', 5, 6, 0], ['c', 6, 0, 6]);
    expect(best(1)).to.equal('a');
    expect(best(0)).to.equal('c');
  });

  it("is the estimate's choice when others are hardly faster", () => {
    expect(measured(['a', 10, 0, 0], ['b', 9.8, 0, 0])(1)).to.equal('a');
    expect(measured(['a', 10, 0, 0], ['b', 9, 0, 0])(1)).to.equal('b');
  });

  it("is another one when the estimate's choice fails, and that choice when all fail", () => {
    expect(measured(['b', 9, 0, 0], ['c', 8, 0, 0])(1)).to.equal('c');
    expect(measured()(1)).to.equal('a');
  });

  it('is judged by medians', () => {
    expect([median([9, 1, 2]), median([4, 1, 2, 3])]).to.deep.equal([2, 2.5]);
  });
});

describe('the search over a net', () => {
  /**
   * Makes a net of two layers. Each variant of the first layer leaves its output in its own tile,
   * so that the second layer has another key after each. `cost` is in ms, by layer and variant.
   */
  function laboratory(cost: (layer: number, variant: string, input: string) => number) {
    const used = { measured: [] as string[], predictions: 0 };
    const run = (choices: Choices) => {
      const seen: string[] = [];
      let input = 'a';
      let ms = 0;
      for (const layer of [1, 2]) {
        const own = `${layer} from ${input}`;
        seen.push(own);
        const variant = choices.get(own) ?? 'a';
        ms += cost(layer, variant, input);
        input = variant;
      }
      return { seen, ms };
    };
    const lab = {
      record: async (choices: Choices) =>
        run(choices).seen.map((own) => ({ key: own, shape, fusion: plain, resident: null })),
      measure: async ({ key: own }: SeenConv): Promise<Measured> => {
        used.measured.push(own);
        const [layer, , input] = own.split(' ');
        const plans = ['a', 'b'].map((variant) => {
          const kernel = cost(Number(layer), variant, input);
          return { variant, kernel, arrive: 0, depart: variant === input ? 0 : 4 };
        });
        return { key: own, before: 'a', plans };
      },
      predict: async (choices: Choices) => {
        used.predictions++;
        return run(choices).ms;
      },
    };
    return { lab, used };
  }

  const find = async (known: Choices, { lab }: ReturnType<typeof laboratory>) => {
    const progress: [number, number][] = [];
    const uses: Choices[] = [];
    const found = await search(known, lab, {
      rounds: 3,
      use: (choices) => uses.push(choices),
      progress: (done, total) => progress.push([done, total]),
    });
    return { ...found, progress, uses };
  };

  it('continues when a choice leads to convolutions that were not measured', async () => {
    const room = laboratory((_layer, variant) => (variant === 'b' ? 5 : 10));
    const found = await find(new Map(), room);
    expect(Object.fromEntries(found.choices)).to.include({ '1 from a': 'b', '2 from b': 'b' });
    expect(found.gain).to.equal(2);
    expect(room.used.measured).to.deep.equal(['1 from a', '2 from a', '2 from b']);
    expect(found.progress).to.deep.equal([
      [1, 2],
      [2, 2],
      [3, 3],
    ]);
    expect(found.measured.map(({ key: own }) => own)).to.include('2 from b');
  });

  it('lets a layer change its output tile when the layers after it lose no time', async () => {
    // The time saved is less than moving the output back would take.
    const room = laboratory((layer, variant) => (layer === 1 && variant === 'b' ? 7 : 10));
    const found = await find(new Map(), room);
    expect(found.choices.get('1 from a')).to.equal('b');
    expect(found.gain).to.be.closeTo(20 / 17, 1e-9);
    expect(found.uses[0].get('1 from a'), 'while it goes on').to.equal('a');
  });

  it('keeps the estimates when the choices do not make the net faster', async () => {
    const room = laboratory((layer, variant, input) =>
      layer === 1 ? (variant === 'b' ? 5 : 10) : input === 'b' ? 30 : 10,
    );
    const found = await find(new Map(), room);
    expect([...found.choices.values()]).to.deep.equal(['a', 'a', 'a']);
    expect(found.gain).to.equal(1);
  });

  it('measures nothing that is known, and does not run the net for it again', async () => {
    const room = laboratory(() => 10);
    const first = await find(new Map(), room);
    const second = laboratory(() => 10);
    const found = await find(first.choices, second);
    expect(found.choices).to.equal(first.choices);
    expect(found.measured).to.deep.equal([]);
    expect(second.used).to.deep.equal({ measured: [], predictions: 0 });
  });
});
