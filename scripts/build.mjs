/**
 * Builds dist/ in groups, each only when one of its inputs is newer: the library (peer and
 * dependencies left out) as ES modules and as CommonJS, with its declarations, the same for script
 * tags, the commands for Node, the pages, each one self-contained script, and the tests.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { declarations, usualProject } from './declarations.mjs';
import { microkernelSources, microkernels } from './microkernels.mjs';
import { copyModels } from './models/copy.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Changes of these rebuild everything; they stand for all of node_modules. */
const commonInputs = ['scripts/build.mjs', 'package-lock.json'];

const common = {
  plugins: [microkernels],
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: 'linked',
  // The stock packages carry large inline source maps that nobody needs here.
  sourcesContent: false,
  logLevel: 'warning',
  metafile: true,
  write: false,
};

const forNode = { ...common, platform: 'node', packages: 'external' };
const forBrowser = { ...common, platform: 'browser', format: 'iife' };

/** Files of a folder, and of those below it, that end so; paths from the project's root. */
async function filesIn(folder, ending, { deep }) {
  if (!existsSync(join(root, folder))) return [];
  const names = await readdir(join(root, folder), { recursive: deep });
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name).replaceAll(sep, '/'))
    .sort();
}

/** Entry points `{output name: source}`: the sources' paths from `folder`, without the ending. */
function entriesFrom(folder, sources) {
  return Object.fromEntries(
    sources.map((source) => [relative(folder, source).replace(/\.ts$/, ''), source]),
  );
}

const html = (name) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${name}</title>
<body>
<script src="${name}.js"></script>
</body>
</html>
`;

/** A page's HTML: the file beside its script if there is one, else an empty document. */
async function htmlOf(source) {
  const own = source.replace(/\.ts$/, '.html');
  const name = basename(source, '.ts');
  const text = existsSync(join(root, own)) ? await readFile(join(root, own), 'utf8') : html(name);
  return { path: `${name}.html`, text };
}

/** The script finds tfjs-core in the page, with whatever else the page has loaded. */
const coreFromGlobal = {
  name: 'core-from-global',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: 'tf', namespace: 'global' }));
    onLoad({ filter: /^tf$/, namespace: 'global' }, () => ({
      contents: 'module.exports = globalThis.tf;',
    }));
  },
};

/** In a script tag tfjs is the global `tf` as it is then, which carries core and both stock backends. */
const tfjsFromGlobal = {
  name: 'tfjs-from-global',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@tensorflow\// }, ({ path }) =>
      /^@tensorflow\/tfjs-(core|backend-cpu|backend-webgl)$/.test(path)
        ? { path: 'tf', namespace: 'global' }
        : { errors: [{ text: `${path} is not part of the global tf` }] },
    );
    onLoad({ filter: /^tf$/, namespace: 'global' }, () => ({
      contents: `module.exports = require('./src/tfjsGlobal.ts').takeTfjs(globalThis.tf);`,
      resolveDir: root,
    }));
  },
};

/** face-api's build without tfjs asks for files of packages; it gets the page's own tfjs. */
const tfjsForFaceApi = {
  name: 'tfjs-for-face-api',
  setup({ onLoad, onResolve }) {
    const importer = 'face-api.esm-nobundle.js';
    onResolve({ filter: /^@tensorflow\/.*\/dist\/index\.js$/ }, ({ path, importer: from }) => {
      if (!from.endsWith(importer)) return undefined;
      return path.startsWith('@tensorflow/tfjs/')
        ? { path: join(root, 'scripts/models/tfjsForFaceApi.ts') }
        : { path, namespace: 'nothing' };
    });
    onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: 'export {};' }));
  },
};

/** The page that people open, on phones too: small. */
const validatorPage = 'scripts/pages/validator.ts';

/** The page that runs tfjs-core's tests, which its package declares to be free of side effects. */
const suitePage = 'scripts/pages/tfjs-core.ts';

async function pages() {
  const sources = await filesIn('scripts/pages', '.ts', { deep: false });
  const apart = [suitePage, validatorPage];
  return sources.filter((source) => !apart.includes(source) && !source.endsWith('.d.ts'));
}

/** The tests in Node of a folder of test/, a file each. */
function nodeTests(folder) {
  const sources = `test/${folder}`;
  return {
    outdir: `dist/${sources}`,
    options: async () => ({
      ...forNode,
      entryPoints: entriesFrom(sources, await filesIn(sources, '.test.ts', { deep: true })),
    }),
  };
}

/** All browser tests of a folder of test/ in one script; one page runs it, or several share it. */
function browserTests(folder) {
  return {
    outdir: dirname(`dist/test/${folder}`),
    options: async () => {
      const sources = await filesIn(`test/${folder}`, '.test.ts', { deep: true });
      return {
        ...forBrowser,
        stdin: {
          // `require`, not `import`: package.json declares all but the entry to be free of side effects.
          contents: [
            ...sources.map((source) => `require('./${source}');`),
            "require('./test/conformance/shareSuites.ts').shareSuites();",
          ].join('\n'),
          resolveDir: root,
          sourcefile: `${basename(folder)}.ts`,
        },
        outfile: `dist/test/${folder}.js`,
      };
    },
  };
}

/** Entries of the package, by the name of their file. */
const entries = { index: 'src/index.ts', base: 'src/base.ts', validator: 'src/validator/index.ts' };

/** CommonJS has no shared chunks: the entry that registers the backends stands on the other one. */
const baseApart = {
  name: 'base-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/base\.js$/ }, () => ({ path: './base.cjs', external: true }));
  },
};

/**
 * Every group: where it goes, and its options, made when it is looked at. They are esbuild's, unless
 * the group compiles by something else.
 */
const groups = {
  library: {
    outdir: 'dist',
    options: () => ({
      ...common,
      entryPoints: entries,
      splitting: true,
      chunkNames: 'shared-[hash]',
      sourcesContent: true,
      external: ['@tensorflow/*'],
    }),
  },
  commonjs: {
    outdir: 'dist',
    options: () => ({
      ...common,
      entryPoints: entries,
      format: 'cjs',
      // For Node, esbuild lists the exported names where an importing ES module finds them.
      platform: 'node',
      outExtension: { '.js': '.cjs' },
      sourcemap: false,
      external: ['@tensorflow/*'],
      plugins: [microkernels, baseApart],
    }),
  },
  declarations: {
    outdir: 'dist/types',
    options: () => ({ entryPoints: entries }),
    compile: async ({ entryPoints }) => ({
      files: await declarations(Object.values(entryPoints)),
      inputs: [
        ...(await filesIn('src', '.ts', { deep: true })),
        ...(await filesIn('kernels', '.ts', { deep: true })),
        ...['package.json', 'tsconfig.json', usualProject, 'scripts/declarations.mjs'],
      ],
    }),
  },
  scriptTag: {
    outdir: 'dist',
    options: () => ({
      ...forBrowser,
      entryPoints: { 'tfjs-backend-tiled.min': 'src/index.ts' },
      globalName: 'tfjsBackendTiled',
      minify: true,
      sourcesContent: true,
      plugins: [microkernels, tfjsFromGlobal],
    }),
  },
  scripts: {
    outdir: 'dist/scripts',
    options: async () => ({
      ...forNode,
      entryPoints: {
        ...entriesFrom('scripts', await filesIn('scripts', '.ts', { deep: false })),
        // karma.conf.js, which is plain JavaScript, takes these.
        'lib/browser': 'scripts/lib/browser.ts',
        'lib/deviceFarm': 'scripts/lib/deviceFarm.ts',
        'lib/firefox': 'scripts/lib/firefox.ts',
        'lib/flags': 'scripts/lib/flags.ts',
        'lib/patience': 'scripts/lib/patience.ts',
        'lib/server': 'scripts/lib/server.ts',
      },
    }),
  },
  pages: {
    outdir: 'dist/pages',
    options: async () => ({
      ...forBrowser,
      entryPoints: entriesFrom('scripts/pages', await pages()),
      plugins: [microkernels, tfjsForFaceApi],
    }),
    html: pages,
  },
  validatorPage: {
    outdir: 'dist/pages',
    options: () => ({
      ...forBrowser,
      entryPoints: entriesFrom('scripts/pages', [validatorPage]),
      minify: true,
    }),
    html: () => [validatorPage],
  },
  validatorBackends: {
    outdir: 'dist/pages',
    options: () => ({
      ...forBrowser,
      entryPoints: {
        'backend-wasm': 'scripts/pages/backends/wasm.ts',
        'backend-webgpu': 'scripts/pages/backends/webgpu.ts',
      },
      minify: true,
      plugins: [coreFromGlobal],
      loader: { '.wasm': 'binary' },
    }),
  },
  suite: {
    outdir: 'dist/pages',
    options: () => ({
      ...forBrowser,
      entryPoints: entriesFrom('scripts/pages', [suitePage]),
      ignoreAnnotations: true,
      // Jasmine and the tests take it for their global object.
      define: { global: 'globalThis' },
      // Some of the tests hold only in sloppy mode: undeclared variables, a global `this`.
      tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
    }),
    html: () => [suitePage],
  },
  unit: nodeTests('unit'),
  conformance: browserTests('conformance'),
  longUnit: nodeTests('long/unit'),
  longConformance: browserTests('long/conformance'),
  conformanceWorker: {
    outdir: 'dist/test',
    options: () => ({
      ...forBrowser,
      entryPoints: { worker: 'test/conformance/worker/predict.ts' },
    }),
  },
};

export const groupNames = Object.keys(groups);

const recordPath = (name) => join(root, 'dist', '.built', `${name}.json`);

function isFresh(name, wanted) {
  if (!existsSync(recordPath(name))) return false;
  const record = JSON.parse(readFileSync(recordPath(name), 'utf8'));
  return (
    record.wanted === wanted &&
    record.outputs.every((path) => existsSync(join(root, path))) &&
    record.inputs.every((path) => {
      const stat = statSync(join(root, path), { throwIfNoEntry: false });
      return stat !== undefined && stat.mtimeMs < record.startedAt;
    })
  );
}

/** A reader, another command for instance, sees either the old file or the new one. */
async function replaceFile(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, contents);
  renameSync(partial, path);
}

/** Removes what an earlier build of the group wrote and this one does not. */
function removeOld(name, outputs) {
  if (!existsSync(recordPath(name))) return;
  for (const old of JSON.parse(readFileSync(recordPath(name), 'utf8')).outputs) {
    if (!outputs.includes(old)) rmSync(join(root, old), { force: true });
  }
}

/** Runs esbuild on a group: files by their path in its folder, and the sources they were made of. */
async function bundle(options, outdir) {
  const { outputFiles, metafile } = await build({
    ...options,
    ...(options.outfile ? {} : { outdir }),
  });
  const folder = join(root, outdir);
  return {
    files: outputFiles.map(({ path, contents }) => ({ path: relative(folder, path), contents })),
    inputs: [
      ...(await microkernelSources(metafile)),
      ...Object.keys(metafile.inputs).filter((path) => existsSync(join(root, path))),
    ],
  };
}

async function buildGroup(name, options, wanted) {
  const { outdir, html: htmlSources, compile = bundle } = groups[name];
  const startedAt = Date.now();
  const { files, inputs } = await compile(options, outdir);
  for (const source of (await htmlSources?.()) ?? []) {
    const { path, text } = await htmlOf(source);
    files.push({ path, contents: text });
    const own = source.replace(/\.ts$/, '.html');
    if (existsSync(join(root, own))) inputs.push(own);
  }
  const outputs = files.map(({ path }) => join(outdir, path).replaceAll(sep, '/'));
  for (const [i, { contents }] of files.entries()) {
    await replaceFile(join(root, outputs[i]), contents);
  }
  removeOld(name, outputs);
  const record = {
    wanted,
    startedAt,
    outputs,
    inputs: [...commonInputs, ...inputs.filter((path) => !path.startsWith('node_modules/'))],
  };
  await replaceFile(recordPath(name), JSON.stringify(record));
}

/**
 * Brings the named groups up to date.
 * @param {string[]} names some of `groupNames`
 * @param {(line: string) => void} say told of each group that is built
 * @throws Error where one fails, after its compiler has printed what is wrong
 */
export async function buildGroups(names, say) {
  for (const name of names) {
    const options = await groups[name].options();
    const wanted = JSON.stringify([options.entryPoints, options.stdin]);
    if (isFresh(name, wanted)) continue;
    say(`building ${name} ...`);
    await buildGroup(name, options, wanted);
  }
  if (names.includes('pages')) await copyModels(join(root, 'dist', 'pages'));
}
