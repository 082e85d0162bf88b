/** Bytes that a page downloads. */
import { gzipSync } from 'node:zlib';

export interface Download {
  readonly bytes: number;
  /** Bytes if each file is compressed by gzip. */
  readonly gzipBytes: number;
}

/** Returns the size of files, each once; reads a file only the first time that it is asked for. */
export function downloads(read: (path: string) => Promise<Uint8Array>) {
  const known = new Map<string, Promise<Download>>();
  const measure = async (path: string): Promise<Download> => {
    const file = await read(path);
    return { bytes: file.length, gzipBytes: gzipSync(file).length };
  };
  return async (paths: Iterable<string>): Promise<Download> => {
    const sizes = [...new Set(paths)].map((path) => {
      const size = known.get(path) ?? measure(path);
      known.set(path, size);
      return size;
    });
    const all = await Promise.all(sizes);
    return {
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      gzipBytes: all.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0),
    };
  };
}
