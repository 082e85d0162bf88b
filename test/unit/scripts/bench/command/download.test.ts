import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { downloads } from '../../../../../scripts/bench/command/download.js';

describe('bench: downloads', () => {
  it('counts each file once, as it is and by gzip, and reads it once', async () => {
    const files: Record<string, Uint8Array> = {
      '/a.js': new Uint8Array(5000),
      '/b.wasm': Uint8Array.of(1, 2, 3),
    };
    const read: string[] = [];
    const sizeOf = downloads(async (path) => {
      read.push(path);
      return files[path];
    });
    const gzipped = Object.values(files).map((file) => gzipSync(file));
    expect(await sizeOf(['/a.js', '/b.wasm', '/a.js'])).to.deep.equal({
      bytes: 5003,
      gzipBytes: gzipped[0].length + gzipped[1].length,
    });
    expect((await sizeOf(['/a.js'])).bytes).to.equal(5000);
    expect(read).to.deep.equal(['/a.js', '/b.wasm']);
  });
});
