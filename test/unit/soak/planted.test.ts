/** Tests of the soak as a judge: it finds every fault that is planted in a correct product. */
import { expect } from 'chai';
import { soak } from '../../soak/soak.js';
import { roundLength } from '../../soak/turns.js';
import { type Fault, named, plantedProduct } from './plantedProduct.js';

/** Number of rounds; enough for faults that show only when thirds of a run are compared. */
const ROUNDS = 6;

function soaked(fault: Fault = {}, seed = 1, rounds = ROUNDS) {
  const { product, subjects } = plantedProduct(fault);
  let turns = (rounds - 1) * roundLength;
  const msLeft = () => turns--;
  return soak(product, subjects, { seed, msLeft, say: () => {}, hangMs: 50 });
}

type Kind = 'wrong' | 'leaks' | 'failures';

/** Faults, each with the words that the soak must find for it. */
const planted: readonly [name: string, fault: Fault, kind: Kind, words: RegExp][] = [
  [
    'a weight that is lost, and has no say in the answers',
    {
      onLoss: ({ weights }) => {
        weights[1][2] = 0;
      },
    },
    'wrong',
    /^turn \d+ \(.+\), afterwards: weights of model 1: array 0 has 0 at 2, not 7$/,
  ],
  [
    'a wrong answer after a loss',
    {
      onLoss: (works) => {
        works.factor = 1.001;
      },
    },
    'wrong',
    /model \d: 1\.0e-3 off the reference$/,
  ],
  [
    'another last bit after a loss',
    {
      onLoss: (works) => {
        works.factor = 1 + 2 ** -23;
      },
    },
    'wrong',
    /model \d: array 0 has \S+ at \d, not \S+$/,
  ],
  [
    'a wrong answer from the beginning on',
    {
      onPredict: (works) => {
        works.factor = 0.999;
      },
    },
    'wrong',
    /^at first: model 0: 1\.0e-3 off the reference$/,
  ],
  [
    'zeros read from a lost context',
    { onLostRead: async () => new Float32Array(2) },
    'wrong',
    /^turn \d+ \((.*reading|.*beside another)\): model \d: 1\.0e\+0 off the reference$/,
  ],
  [
    'a tensor that each loss leaves',
    { onLoss: ({ held }) => void held.tensors++ },
    'leaks',
    /: 10 tensors, not 9$/,
  ],
  [
    'GPU memory that a loss does not give back to the models',
    {
      onLoss: ({ held }) => {
        held['bytes on the GPU'] -= 4;
      },
    },
    'leaks',
    /: 32 bytes on the GPU, not 36$/,
  ],
  [
    'a context that each loss keeps',
    { onLoss: ({ hidden }) => void hidden.contexts++ },
    'leaks',
    /^after turn \d+: \d+ contexts, not 1$/,
  ],
  [
    'a heap that grows with the losses',
    {
      onLoss: (works) => {
        (works.heap as number) += 2;
      },
    },
    'leaks',
    /^the heap grew by \d+ MiB, 2\.00 for each lost context$/,
  ],
  [
    'a model that leaves a tensor',
    { onDispose: ({ held }) => void held.tensors++ },
    'leaks',
    /: 11 tensors, not 9$/,
  ],
  [
    'a browser that does not tell the size of its heap',
    {
      onPredict: (works) => {
        works.heap = null;
      },
    },
    'failures',
    /does not tell the size of its heap$/,
  ],
  [
    'a context that goes by itself, and says so',
    {
      onPredict(_works, count) {
        if (count === 40) throw named('ContextLostError');
      },
    },
    'failures',
    /model \d: ContextLostError: on purpose$/,
  ],
  [
    'a context that goes by itself in silence',
    {
      onPredict: (works, count) => {
        works.losses += count === 40 ? 1 : 0;
      },
    },
    'failures',
    /the backend has lost \d contexts, and \d were taken away$/,
  ],
  [
    'losses that are not counted',
    { onLoss: (works) => void works.losses-- },
    'failures',
    /the backend has lost 0 contexts, and \d were taken away$/,
  ],
  [
    'a step down the ladder for a loss',
    {
      onLoss: ({ steps }) => {
        steps['conv2d from a to b'] = 1;
      },
    },
    'failures',
    /: stepped down: conv2d from a to b$/,
  ],
  [
    'steps that go on when memory is there again',
    {
      onPredict: ({ steps }) => {
        steps.texture &&= steps.texture + 1;
      },
    },
    'failures',
    /, afterwards: stepped down: texture$/,
  ],
  [
    'an error that says nothing',
    { drawError: new TypeError('x is null') },
    'failures',
    /model \d: TypeError: x is null$/,
  ],
  [
    'a loss of an idle context that costs a prediction',
    {
      onLoss() {
        throw named('ContextLostError');
      },
    },
    'failures',
    /^turn \d+ \(((idle|input.*|.* kept)\)|.*afterwards): model \d: ContextLostError/,
  ],
  [
    'no memory where none is refused',
    {
      onPredict({ limit }) {
        if (limit === 0) throw named('OutOfMemory');
      },
    },
    'failures',
    /^turn \d+ \(no bytes kept\): model \d: OutOfMemory/,
  ],
  [
    'a loss for a texture that is refused',
    {
      onRefusal() {
        throw named('ContextLostError');
      },
    },
    'failures',
    /^turn \d+ \((no texture|no memory for a texture)\): model \d: ContextLostError/,
  ],
  [
    'two contexts that are given up for one draw',
    {
      onLoss(works) {
        works.losses++;
      },
    },
    'failures',
    /the backend has lost \d contexts, and \d were taken away$/,
  ],
  [
    'another last bit of a replay',
    {
      onReplay: (works) => {
        works.factor = 1 + 2 ** -23;
      },
    },
    'wrong',
    /model \d: array 0 has \S+ at \d, not \S+$/,
  ],
  [
    'a recording that keeps its memory',
    { keepsRecordings: true },
    'leaks',
    /^turn \d+ \(.*\), afterwards: 2 recordings, not 0$/,
  ],
  [
    'an error of a replay that nothing explains',
    {
      onReplay() {
        throw new TypeError('x is null');
      },
    },
    'failures',
    /model \d: TypeError: x is null$/,
  ],
  [
    'a read that never ends',
    { onLostRead: () => new Promise(() => {}) },
    'failures',
    /(reading|beside another)\): model \d: Error: no end in 0\.05 s$/,
  ],
];

describe('soak: planted faults', () => {
  it('finds no fault in a right product to which every mishap happens in every round', async () => {
    const result = await soaked();
    expect([result.wrong, result.leaks, result.failures]).to.deep.equal([[], [], []]);
    expect(result.turns).to.equal(ROUNDS * roundLength);
    for (const [name, count] of Object.entries(result.struck)) {
      expect(count, name).to.equal(ROUNDS);
    }
    expect(result.survived).to.equal(result.losses);
    expect(result.heap).to.deep.equal({ middle: 10, last: 10, perLoss: 0 });
    expect(result.refusals).to.have.all.keys('ContextLostError');
    expect(result.captures.made).to.be.above((ROUNDS * roundLength) / 2);
    expect(result.captures.recorded).to.equal(result.captures.made);
    expect(result.captures.replays).to.be.above(2 * result.captures.made);
  });

  for (const [name, fault, kind, words] of planted) {
    it(`finds ${name}`, async () => {
      const result = await soaked(fault);
      expect(result[kind]).to.not.deep.equal([]);
      expect(result[kind][0]).to.match(words);
    });
  }

  it('counts captures that record nothing, by reason', async () => {
    const { captures } = await soaked({ refusal: 'it is late' });
    expect(captures).to.include({ recorded: 0, atEnd: 0, replays: 0 });
    expect(captures.refused).to.deep.equal({ 'it is late': captures.made });
  });

  it('does not count a loss as survived when a weight is missing afterwards', async () => {
    const result = await soaked({
      onLoss({ weights }) {
        weights[1][2] = 0;
      },
    });
    expect(result.losses).to.be.at.least(1);
    expect(result.survived).to.equal(0);
  });

  it('accepts fallbacks and errors of a prediction for which memory is refused', async () => {
    const refusing = {
      onRefusal: () => {
        throw named('OutOfMemory');
      },
    };
    const result = await soaked(refusing);
    expect([result.wrong, result.leaks, result.failures]).to.deep.equal([[], [], []]);
    expect(result.refusals.OutOfMemory).to.equal(2 * ROUNDS);
  });
});

describe('soak: turns', () => {
  it('are the same for the same seed, and different for another', async () => {
    const [once, again, other] = [
      await soaked({}, 3, 2),
      await soaked({}, 3, 2),
      await soaked({}, 4, 2),
    ];
    expect(once.events).to.have.length(20);
    expect(again.events).to.deep.equal(once.events);
    expect(other.events).to.not.deep.equal(once.events);
    expect(once.events.join('\n')).to.match(
      /turn \d+ \(drawing\): model \d, .*; at draw \d of 7; /,
    );
  });
});
