/** Count of WebAssembly memory, which browsers leave out of a page's memory unless threads share it. */

/** The browser's class, of which the memories that instances make are. */
const OwnMemory = WebAssembly.Memory;

const memories = new Set<WebAssembly.Memory>();

type Instantiated = WebAssembly.Instance & { readonly instance?: WebAssembly.Instance };

/** Notes each memory of WebAssembly that is made, or that an instance exports, from now on. */
export function watchWasmMemory(): void {
  const { instantiate, instantiateStreaming, Instance } = WebAssembly;
  WebAssembly.Memory = class extends OwnMemory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.add(this);
    }
  };
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      note(this);
    }
  };
  WebAssembly.instantiate = (async (source: WebAssembly.Module, imports?: WebAssembly.Imports) => {
    // Either an instance, of a module, or both, of bytes.
    const result = (await instantiate(source, imports)) as unknown as Instantiated;
    note(result.instance ?? result);
    return result;
  }) as unknown as typeof instantiate;
  WebAssembly.instantiateStreaming = async (...given) => {
    const result = await instantiateStreaming(...given);
    note(result.instance);
    return result;
  };
}

function note({ exports }: WebAssembly.Instance): void {
  for (const value of Object.values(exports)) {
    if (value instanceof OwnMemory) memories.add(value);
  }
}

/** Returns the bytes of the memories that one thread has for itself. */
export function unsharedWasmBytes(): number {
  const unshared = [...memories].filter(({ buffer }) => buffer instanceof ArrayBuffer);
  return unshared.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}
