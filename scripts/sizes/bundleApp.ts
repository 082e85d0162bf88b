/** Bundles of an app that imports the package, as a bundler makes them for production. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export interface AppBundle {
  readonly text: string;
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
  /** Names of the packages from which code is in the bundle. */
  readonly packages: readonly string[];
}

export interface AppOptions {
  readonly external?: readonly string[];
  readonly platform?: 'browser' | 'node';
}

/**
 * Bundles and minifies an app.
 * @param source the app, an ES module
 * @param folder folder in whose node_modules its imports are found
 * @param options packages that are left out; the platform, by default a browser
 * @throws Error of esbuild, if an import is missing
 */
export async function bundleApp(
  source: string,
  folder: string,
  { external = [], platform = 'browser' }: AppOptions = {},
): Promise<AppBundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    // In Node, parts of tfjs are CommonJS that requires Node's modules.
    format: platform === 'node' ? 'cjs' : 'esm',
    platform,
    target: 'es2022',
    // Stock tfjs asks for Node's global object.
    define: { global: 'globalThis' },
    external: [...external],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  const sources = Object.entries(output.inputs).filter(
    ([, { bytesInOutput }]) => bytesInOutput > 0,
  );
  const names = sources.map(
    ([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'app',
  );
  const { contents, text } = outputFiles[0];
  return {
    text,
    minifiedBytes: contents.length,
    gzipBytes: gzipSync(contents, { level: 9 }).length,
    packages: [...new Set(names)].sort(),
  };
}
