/** Bundles of a build: the files that esbuild makes of a group, each with the packages inside it. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { microkernelSources } from './microkernels.mjs';
import { packagesIn } from './notices.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs esbuild on a group; returns the files by path in its folder, and their sources. */
export async function bundle(options, outdir) {
  const { outputFiles, metafile } = await build({
    ...options,
    ...(options.outfile ? {} : { outdir }),
  });
  const folder = join(root, outdir);
  return {
    files: outputFiles.map(({ path, contents }) => ({
      path: relative(folder, path),
      contents,
      packages: packagesIn(metafile.outputs[relative(root, path).replaceAll(sep, '/')]),
    })),
    inputs: [
      ...(await microkernelSources(metafile)),
      ...Object.keys(metafile.inputs).filter((path) => existsSync(join(root, path))),
    ],
  };
}

/**
 * Bundles entries as ES modules and makes CommonJS of each file, because esbuild shares no chunks
 * between entries in CommonJS.
 */
export async function bundleCommonJS(options, outdir) {
  const { files, inputs } = await bundle(options, outdir);
  const rewritten = files.map(async ({ path, contents, packages }) => {
    const { code } = await transform(Buffer.from(contents).toString('utf8'), {
      format: 'cjs',
      // With this platform, esbuild lists the exported names so that an importing ES module finds
      // them.
      platform: 'node',
      target: options.target,
    });
    const requires = /(\brequire\("\.\/[\w-]+)\.js"\)/g;
    return {
      packages,
      path: path.replace(/\.js$/, '.cjs'),
      contents: code.replace(requires, '$1.cjs")'),
    };
  });
  return { files: await Promise.all(rewritten), inputs };
}
