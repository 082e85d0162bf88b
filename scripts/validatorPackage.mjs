/**
 * The package `tfjs-conv-validate`, made in a folder of dist/ of what other groups have built. Paths in
 * it are those of this repository, so that the same command finds its pages in both.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folder of the package, from the root. */
export const validatorFolder = 'dist/tfjs-conv-validate';

const bin = 'scripts/validator/bin.mjs';

/** Page of the guide that is the README of the package. */
const guide = 'docs/guide/validate.md';

/** Files that are copied as they are: path in the package, path from the root. */
const copied = {
  LICENSE: 'LICENSE',
  'CHANGELOG.md': 'CHANGELOG.md',
  'SECURITY.md': 'SECURITY.md',
  [bin]: bin,
};

/** Groups whose outputs are parts of the package, with a pattern of those. */
const parts = {
  scripts: /^dist\/scripts\/validate\.js$/,
  validatorPages: /\.(html|js)$/,
  validatorBackends: /\.js$/,
  declarations: /^dist\/types\/src\/validator\//,
};

/** Packages that the command needs: to bundle a script of --module, and to drive a browser. */
const dependencies = ['esbuild', 'playwright-core'];

/** Package that fetches a browser where none is installed. */
const downloader = '@puppeteer/browsers';

/** Returns the package.json, which shares version, licence and tfjs peers with this repository's. */
function manifestOf({ version, license, engines, peerDependencies, devDependencies }) {
  const tfjs = Object.entries(peerDependencies).filter(([name]) => name.startsWith('@tensorflow/'));
  return {
    name: 'tfjs-conv-validate',
    version,
    description:
      'Validator of TensorFlow.js backends: convolutions and other kernels against a float64 oracle, under a derived bound. A command, a page and a library.',
    keywords: ['tensorflow', 'tfjs', 'backend', 'convolution', 'conformance', 'validator', 'test'],
    license,
    type: 'module',
    sideEffects: false,
    main: './dist/index.cjs',
    module: './dist/index.js',
    types: './dist/types/index.d.cts',
    exports: {
      '.': {
        import: { types: './dist/types/index.d.ts', default: './dist/index.js' },
        require: { types: './dist/types/index.d.cts', default: './dist/index.cjs' },
      },
      './package.json': './package.json',
    },
    bin: { 'tfjs-conv-validate': bin },
    engines,
    dependencies: Object.fromEntries(
      dependencies.map((name) => [name, `^${devDependencies[name]}`]),
    ),
    peerDependencies: {
      ...Object.fromEntries(tfjs),
      [downloader]: `^${devDependencies[downloader]}`,
    },
    peerDependenciesMeta: { [downloader]: { optional: true } },
  };
}

/**
 * Returns the package-lock.json, which npm does not publish: it is for the bill of materials. It has
 * the dependencies, and theirs, as this repository's has them.
 * @throws Error if a dependency is not in that one
 */
function lockOf(manifest, { lockfileVersion, packages }) {
  const { name, version, license } = manifest;
  const kept = {};
  const keep = (dependency) => {
    const path = `node_modules/${dependency}`;
    if (path in kept) return;
    if (!(path in packages)) throw new Error(`package-lock.json has no ${path}`);
    const { dev: _, ...locked } = packages[path];
    kept[path] = locked;
    const needed = { ...locked.dependencies, ...locked.optionalDependencies };
    for (const other of Object.keys(needed)) keep(other);
  };
  for (const dependency of Object.keys(manifest.dependencies)) keep(dependency);
  const own = { name, version, license, dependencies: manifest.dependencies };
  return { name, version, lockfileVersion, requires: true, packages: { '': own, ...kept } };
}

/** Returns the README: the page of the guide, without links to files that the package has not. */
function readmeOf(page) {
  const ending = '\nLicense: Apache-2.0. Code of other packages: `dist/THIRD-PARTY-NOTICES.txt`.\n';
  return (
    page.replace(/^# .*/, '# tfjs-conv-validate').replace(/\[([^\]]+)\]\(\.\.[^)]*\)/g, '$1') +
    ending
  );
}

/** Returns the path in the package of another group's output. */
const placeOf = (path) => path.replace('dist/types/src/validator/', 'dist/types/');

/** Returns the contents of an output without a link to a source map, because none is published. */
async function contentsOf(path) {
  const text = await readFile(path, 'utf8');
  return text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

/**
 * Assembles all files of the package but its library and its notices, which have groups of their own.
 * @param {(group: string) => string} recordOf path of a group's record, from `root`
 */
export async function compileValidatorPackage(root, recordOf) {
  const read = async (path) => JSON.parse(await readFile(join(root, path), 'utf8'));
  const manifest = manifestOf(await read('package.json'));
  const lock = lockOf(manifest, await read('package-lock.json'));
  const files = Object.entries({ 'package.json': manifest, 'package-lock.json': lock }).map(
    ([path, json]) => ({ path, contents: `${JSON.stringify(json, null, 2)}\n` }),
  );
  files.push({ path: 'README.md', contents: readmeOf(await readFile(join(root, guide), 'utf8')) });
  for (const [path, source] of Object.entries(copied)) {
    files.push({ path, contents: await readFile(join(root, source)) });
  }
  const records = Object.keys(parts).map(recordOf);
  for (const [i, pattern] of Object.values(parts).entries()) {
    const { outputs } = await read(records[i]);
    for (const path of outputs.filter((output) => pattern.test(output))) {
      files.push({ path: placeOf(path), contents: await contentsOf(join(root, path)) });
    }
  }
  return {
    files,
    inputs: [
      ...['package.json', 'scripts/validatorPackage.mjs', guide],
      ...Object.values(copied),
      ...records,
    ],
  };
}
