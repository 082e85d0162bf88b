import { expect } from 'chai';
import { EngineLog, noKernel } from '../../../../src/engine/engineLog.js';

describe('the engine log', () => {
  const { warn } = console;
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
    console.warn = (text: string) => void warnings.push(text);
  });
  afterEach(() => {
    console.warn = warn;
  });

  it('counts runs by kernel and variant', () => {
    const log = new EngineLog();
    expect(log.variants()).to.deep.equal({});
    log.countVariant('Conv2D', 'direct-8x1x1');
    log.countVariant('Conv2D', 'direct-8x1x1');
    log.countVariant('Conv2D', 'general');
    log.countVariant('FusedConv2D', 'general');
    expect(log.variants()).to.deep.equal({
      Conv2D: { 'direct-8x1x1': 2, general: 1 },
      FusedConv2D: { general: 1 },
    });
  });

  it('warns once of a fallback, and counts how often it is taken', () => {
    const log = new EngineLog();
    for (let i = 0; i < 3; i++) log.stepDown('Conv2D', 'direct-8x1x1', 'general', 'too large');
    expect(warnings).to.deep.equal([
      'tiled: Conv2D uses general instead of direct-8x1x1: too large',
    ]);
    expect(log.ladder()).to.deep.equal([
      { kernel: 'Conv2D', from: 'direct-8x1x1', to: 'general', reason: 'too large', count: 3 },
    ]);
  });

  it('distinguishes fallbacks by kernel, by both ends and by reason', () => {
    const log = new EngineLog();
    log.stepDown('Conv2D', 'a', 'b', 'x');
    log.stepDown('FusedConv2D', 'a', 'b', 'x');
    log.stepDown('Conv2D', 'b', 'c', 'x');
    log.stepDown('Conv2D', 'a', 'b', 'y');
    expect(warnings).to.have.length(4);
    expect(log.ladder().map(({ count }) => count)).to.deep.equal([1, 1, 1, 1]);
  });

  it('counts conversions by kind and kernel', () => {
    const log = new EngineLog();
    log.countConversion('untile', 'Concat', 10);
    log.countConversion('untile', 'Concat', 5);
    log.countConversion('untile', 'Conv2D', 7);
    log.countConversion('untile', noKernel, 3);
    log.countConversion('tile', noKernel, 1);
    expect(log.conversions()).to.deep.equal([
      { kind: 'untile', kernel: 'Concat', count: 2, texels: 15 },
      { kind: 'untile', kernel: 'Conv2D', count: 1, texels: 7 },
      { kind: 'untile', kernel: 'read', count: 1, texels: 3 },
      { kind: 'tile', kernel: 'read', count: 1, texels: 1 },
    ]);
  });

  it('returns copies that neither the caller nor the engine can change afterwards', () => {
    const log = new EngineLog();
    log.countVariant('Conv2D', 'general');
    log.stepDown('Conv2D', 'a', 'b', 'x');
    log.countConversion('tile', 'Conv2D', 4);
    const [runs, ladder, conversions] = [log.variants(), log.ladder(), log.conversions()];
    runs.Conv2D.general = 99;
    log.countConversion('tile', 'Conv2D', 4);
    expect(conversions[0].count).to.equal(1);
    log.countVariant('Conv2D', 'general');
    log.stepDown('Conv2D', 'a', 'b', 'x');
    expect(ladder[0].count).to.equal(1);
    expect(log.variants()).to.deep.equal({ Conv2D: { general: 2 } });
    expect(log.ladder()[0].count).to.equal(2);
  });

  it('is separate for each engine', () => {
    const [one, other] = [new EngineLog(), new EngineLog()];
    one.countVariant('Conv2D', 'general');
    one.stepDown('Conv2D', 'a', 'b', 'x');
    other.stepDown('Conv2D', 'a', 'b', 'x');
    expect(other.variants()).to.deep.equal({});
    expect(warnings).to.have.length(2);
  });
});
