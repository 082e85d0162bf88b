/** Tests of the choice of a model, and of its weights, among picked files. */
import { expect } from 'chai';
import { isTflite, matchShards, modelAmong } from '../../../../scripts/ownModel/files.js';

describe('own model: files', () => {
  it('finds the model among picked files', () => {
    expect(modelAmong(['a.bin', 'net.tflite'])).to.equal('net.tflite');
    expect(modelAmong(['m/labels.json', 'm/model.json', 'm/a.bin'])).to.equal('m/model.json');
    expect(modelAmong(['net.json', 'net.weights.bin'])).to.equal('net.json');
    expect(isTflite('https://host/net.tflite?v=2')).to.equal(true);
    expect(isTflite('https://host/model.json?like=net.tflite')).to.equal(false);
  });

  it('says which model is missing, or which ones there are', () => {
    expect(() => modelAmong(['a.bin', 'b.bin'])).to.throw(
      /no model .*"a.bin", "b.bin".*model.json/,
    );
    expect(() => modelAmong([])).to.throw(/no file/);
    expect(() => modelAmong(['a/model.json', 'b/model.json'])).to.throw(
      /2 models, "a\/model.json", "b\/model.json"/,
    );
    expect(() => modelAmong(['model.json', 'net.tflite'])).to.throw(/2 models/);
  });

  it('finds weights beside the model before others of that name, or by their names alone', () => {
    const groups = [{ paths: ['s1.bin', 'more/s2.bin'] }, { paths: ['s3.bin'] }];
    const inFolders = ['n/model.json', 'n/s1.bin', 'old/s1.bin', 'n/more/s2.bin', 'n/s3.bin'];
    expect([...matchShards(groups, 'n/model.json', inFolders)]).to.deep.equal([
      ['s1.bin', 'n/s1.bin'],
      ['more/s2.bin', 'n/more/s2.bin'],
      ['s3.bin', 'n/s3.bin'],
    ]);
    const flat = ['s3.bin', 's2.bin', 'model.json', 's1.bin'];
    expect([...matchShards(groups, 'model.json', flat).values()]).to.deep.equal([
      ...['s1.bin', 's2.bin', 's3.bin'],
    ]);
  });

  it('names the weight files that are missing, and those that could both be meant', () => {
    const groups = [{ paths: ['s1.bin', 's2.bin', 's3.bin'] }];
    expect(() => matchShards(groups, 'm/model.json', ['m/model.json', 'm/s2.bin'])).to.throw(
      'model.json names 3 weight files, of which "s1.bin", "s3.bin" are missing: pick them together with model.json.',
    );
    expect(() => matchShards(groups, 'model.json', ['s1.bin', 's2.bin'])).to.throw(
      /"s3.bin" is missing: pick it/,
    );
    expect(() =>
      matchShards([{ paths: ['s.bin'] }], 'model.json', ['a/s.bin', 'b/s.bin']),
    ).to.throw(/"s.bin" may be any of "a\/s.bin", "b\/s.bin"/);
  });
});
