/** Access to Node's built-in modules without Node's types, which the package does not depend on. */

interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  unref(): void;
  on(event: 'error' | 'exit', listener: (value: unknown) => void): void;
}

interface NodeRequire {
  (id: string): unknown;
  readonly cache: Readonly<Record<string, unknown>>;
}

interface NodeModules {
  'node:module': { createRequire(path: string): NodeRequire };
  'node:os': { availableParallelism(): number };
  'node:process': { readonly execPath: string };
  'node:worker_threads': { Worker: new (source: string, options: { eval: true }) => NodeWorker };
}

interface WithNode {
  process?: { getBuiltinModule?<Name extends keyof NodeModules>(name: Name): NodeModules[Name] };
}

/** Returns a built-in module of Node; undefined in a browser. */
export function nodeModule<Name extends keyof NodeModules>(
  name: Name,
): NodeModules[Name] | undefined {
  return (globalThis as WithNode).process?.getBuiltinModule?.(name);
}
