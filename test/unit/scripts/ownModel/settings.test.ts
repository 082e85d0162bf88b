/** Tests of the settings of a comparison, to and from an address. */
import { expect } from 'chai';
import {
  addressOf,
  initialSettings,
  readSettings,
  type Settings,
} from '../../../../scripts/ownModel/settings.js';

describe('own model: settings', () => {
  it('are the first ones without parameters, which need none', () => {
    expect(readSettings('')).to.deep.equal(initialSettings);
    expect(addressOf(initialSettings)).to.equal('?');
  });

  it('come back from their address', () => {
    const settings: Settings = {
      model: 'https://host/a model/model.json?x=1&y=2',
      shapes: { 'serving_default_x:0': '1x64x64x3', 'a.b&c': '1x4' },
      range: '-1..1',
      sides: ['cpu', 'webgpu', 'tiled-webgl captured'],
      rounds: 15,
      kernels: false,
    };
    expect(readSettings(addressOf(settings))).to.deep.equal(settings);
  });

  it('puts the reference first, whatever order an address has', () => {
    const { sides } = readSettings('?backends=tiled-cpu,webgl,cpu');
    expect(sides).to.deep.equal(['cpu', 'webgl', 'tiled-cpu']);
  });

  it('refuses a wrong parameter by name, with what would be right', () => {
    expect(() => readSettings('?range=0..2')).to.throw(
      'The parameter range of this address is "0..2"; it must be one of 0..1, -1..1, 0..255.',
    );
    expect(() => readSettings('?backends=cpu,gpu')).to.throw(
      /backends .*"gpu"; .*some of cpu, wasm/,
    );
    for (const rounds of ['0', '101', '-1', '2.5', 'many', '']) {
      expect(() => readSettings(`?rounds=${rounds}`), rounds).to.throw(
        `The parameter rounds of this address is "${rounds}"; it must be a whole number from 1 to 100.`,
      );
    }
  });
});
