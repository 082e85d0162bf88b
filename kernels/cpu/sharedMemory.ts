/** Conversion of a microkernel binary for unshared memory to one for memory shared by threads. */

/** Bytes of the header of a binary: 4 magic bytes and the version. */
const headerBytes = 8;
const importSection = 2;

/**
 * Returns the binary with its memory import changed to a shared memory, because an engine accepts a
 * shared memory only for such an import. A section of a binary is its number, its size and its
 * bytes (WebAssembly specification, Binary Format, Modules).
 */
export function withSharedMemory(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];
  const [memoryKind, sharedWithMaximum, least] = [2, 3, 1];
  const most = [0x80, 0x80, 4]; // 65536 pages in LEB128
  const limits = [memoryKind, sharedWithMaximum, least, ...most];
  const imports = [1, ...text('env'), ...text('memory'), ...limits];
  const section = [importSection, imports.length, ...imports];
  let at = headerBytes;
  let end = endOf(binary, at);
  while (binary[at] !== importSection) [at, end] = [end, endOf(binary, end)];
  const shared = new Uint8Array(at + section.length + binary.length - end);
  shared.set(binary.subarray(0, at));
  shared.set(section, at);
  shared.set(binary.subarray(end), at + section.length);
  return shared;
}

/** Returns the index after the section that begins at `at`. */
function endOf(binary: Uint8Array, at: number): number {
  const { value: size, next } = readLEB128(binary, at + 1);
  return next + size;
}

function readLEB128(binary: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = binary[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next: at };
  }
}
