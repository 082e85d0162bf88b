/**
 * Builds dist/ in groups, each only if one of its inputs is newer. The groups are the libraries of
 * both packages (without their peers) as ES modules and as CommonJS, their declarations, the library
 * for script tags, the commands for Node, the pages, of which all but one have one self-contained
 * script, the package of the validator, and the tests.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, bundleCommonJS } from './bundle.mjs';
import { declarations, usualProject } from './declarations.mjs';
import { entriesFrom, filesIn, pageEntries } from './entryPoints.mjs';
import { microkernels } from './microkernels.mjs';
import { copyModels } from './models/copy.mjs';
import { compileNotices, published } from './notices.mjs';
import { htmlOf } from './pageHtml.mjs';
import { coreFromGlobal, tfjsForFaceApi, tfjsFromGlobal } from './plugins.mjs';
import { compileValidatorPackage, validatorFolder } from './validatorPackage.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Inputs of every group. A change of package-lock.json stands for any change of node_modules. */
const commonInputs = [
  'scripts/build.mjs',
  'scripts/bundle.mjs',
  'scripts/entryPoints.mjs',
  'scripts/pageHtml.mjs',
  'scripts/plugins.mjs',
  'package-lock.json',
];

const common = {
  plugins: [microkernels],
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: 'linked',
  // The stock packages carry large inline source maps, which are not needed here.
  sourcesContent: false,
  logLevel: 'warning',
  metafile: true,
  write: false,
};

const forNode = { ...common, platform: 'node', packages: 'external' };
const forBrowser = { ...common, platform: 'browser', format: 'iife' };

/** Pages of the commands; a page's name is its file's. */
const pages = [
  'scripts/bench/page/bench.ts',
  'scripts/bench/page/host.ts',
  'scripts/bench/page/models.ts',
  'scripts/profile/page/profile.ts',
  'scripts/shaders/page/net-layers.ts',
  'scripts/start/page/start.ts',
  'test/faults/page/faults.ts',
  'test/fuzz/page/fuzz.ts',
  'test/soak/page/soak.ts',
];

/** Page with a script for each engine that it compares, so that a visit loads only those it names. */
const peersPage = 'scripts/bench/page/peers.ts';

/** Page that owners of devices open, and the page in its frame. */
const devicePages = ['scripts/device/page/index.ts', 'scripts/device/page/part.ts'];

/** Scripts of the website: of every page, and of the demo, which a user starts. */
const siteScripts = ['scripts/site/page/site.ts', 'scripts/site/page/demo.ts'];

/** Models and pictures of the device page: beginnings of their names. */
const deviceModels = [
  ...['flower.png', 'face.jpg', 'mobilenet-v2/', 'esrgan-slim/', 'face-api/ssd_mobilenetv1_'],
];

/** Page that runs tfjs-core's tests, which their package declares to be free of side effects. */
const suitePage = 'test/tfjsCore/page/tfjs-core.ts';

/** Returns the group of pages that users open or install, also on phones, so that they must be small. */
function smallPages(...sources) {
  return {
    outdir: 'dist/pages',
    options: () => ({ ...forBrowser, entryPoints: pageEntries(sources), minify: true }),
    html: () => sources,
  };
}

/** Returns the group of a folder's Node tests in test/, one output file per test file. */
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

/**
 * Returns the group of a folder's browser tests in test/, bundled into one script. One page runs
 * the script, or several pages share its suites.
 */
function browserTests(folder) {
  return {
    outdir: dirname(`dist/test/${folder}`),
    options: async () => {
      const sources = await filesIn(`test/${folder}`, '.test.ts', { deep: true });
      return {
        ...forBrowser,
        stdin: {
          // Use `require` instead of `import`, because package.json declares everything except the
          // entry to be free of side effects.
          contents: [
            ...sources.map((source) => `require('./${source}');`),
            "require('./test/support/shareSuites.ts').shareSuites();",
          ].join('\n'),
          resolveDir: root,
          sourcefile: `${basename(folder)}.ts`,
        },
        outfile: `dist/test/${folder}.js`,
      };
    },
  };
}

/** Entries of the package, by file name. */
const entries = {
  index: 'src/index.ts',
  base: 'src/base.ts',
  webgl: 'src/webgl.ts',
  cpu: 'src/cpu.ts',
  errors: 'src/errors.ts',
};

/** Entry of the validator's package. */
const validatorEntries = { index: 'src/validator/index.ts' };

/**
 * Returns options of entries as ES modules, which share what is common in chunks. They are readable, so
 * that source maps, which would double the package, are left out.
 */
const modulesOf = (entryPoints) => ({
  ...common,
  entryPoints,
  splitting: true,
  chunkNames: 'shared-[hash]',
  sourcemap: false,
  external: ['@tensorflow/*'],
});

/**
 * All groups, each with its output folder and a function that creates its options on demand. These
 * are esbuild's options, unless the group has its own `compile`.
 */
const groups = {
  library: {
    outdir: 'dist',
    options: () => modulesOf(entries),
  },
  commonjs: {
    outdir: 'dist',
    options: () => modulesOf(entries),
    compile: bundleCommonJS,
  },
  validatorLibrary: {
    outdir: `${validatorFolder}/dist`,
    options: () => modulesOf(validatorEntries),
  },
  validatorCommonJS: {
    outdir: `${validatorFolder}/dist`,
    options: () => modulesOf(validatorEntries),
    compile: bundleCommonJS,
  },
  declarations: {
    outdir: 'dist/types',
    options: () => ({ entryPoints: { ...entries, validator: validatorEntries.index } }),
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
      sourcemap: false,
      plugins: [microkernels, tfjsFromGlobal],
    }),
  },
  scripts: {
    outdir: 'dist/scripts',
    options: async () => ({
      ...forNode,
      entryPoints: {
        ...entriesFrom('scripts', await filesIn('scripts', '.ts', { deep: false })),
        // karma.conf.js is plain JavaScript, so it imports the built versions of these.
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
    options: () => ({
      ...forBrowser,
      entryPoints: pageEntries(pages),
      plugins: [microkernels, tfjsForFaceApi],
    }),
    html: () => pages,
  },
  peersPage: {
    outdir: 'dist/pages',
    options: () => ({
      ...common,
      platform: 'browser',
      entryPoints: pageEntries([peersPage]),
      splitting: true,
      chunkNames: 'peers-[hash]',
      minify: true,
    }),
    html: () => [peersPage],
  },
  validatorPages: smallPages(
    'scripts/validator/page/validator.ts',
    'scripts/validator/page/validate-run.ts',
  ),
  ownModelPage: smallPages('scripts/ownModel/page/own-model.ts'),
  devicePage: {
    outdir: 'dist/device',
    options: () => ({
      ...forBrowser,
      entryPoints: pageEntries(devicePages),
      minify: true,
      sourcemap: false,
      plugins: [microkernels, tfjsForFaceApi],
    }),
    html: () => devicePages,
  },
  sitePage: {
    outdir: 'dist/site',
    options: () => ({
      ...forBrowser,
      entryPoints: pageEntries(siteScripts),
      minify: true,
      sourcemap: false,
    }),
  },
  validatorBackends: {
    outdir: 'dist/pages',
    options: () => ({
      ...forBrowser,
      entryPoints: {
        'backend-wasm': 'scripts/validator/backends/wasm.ts',
        'backend-webgpu': 'scripts/validator/backends/webgpu.ts',
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
      entryPoints: pageEntries([suitePage]),
      ignoreAnnotations: true,
      // Jasmine and the tests use `global` as their global object.
      define: { global: 'globalThis' },
      // Some tests work only in sloppy mode, because of undeclared variables and a global `this`.
      tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
    }),
    html: () => [suitePage],
  },
  unit: nodeTests('unit'),
  conformance: browserTests('conformance'),
  longUnit: nodeTests('long/unit'),
  longConformance: browserTests('long/conformance'),
  notices: {
    outdir: 'dist',
    options: () => ({ entryPoints: published.tiled }),
    compile: () => compileNotices(root, published.tiled, recordOf),
  },
  validatorNotices: {
    outdir: `${validatorFolder}/dist`,
    options: () => ({ entryPoints: published.validator }),
    compile: () => compileNotices(root, published.validator, recordOf),
  },
  validatorPackage: {
    outdir: validatorFolder,
    options: () => ({}),
    compile: () => compileValidatorPackage(root, recordOf),
  },
  conformanceWorker: {
    outdir: 'dist/test',
    options: () => ({
      ...forBrowser,
      entryPoints: { worker: 'test/support/worker/predict.ts' },
    }),
  },
};

export const groupNames = Object.keys(groups);

/** Returns the path, from the root, of a group's record: when it was built, from and to which files. */
const recordOf = (name) => `dist/.built/${name}.json`;

const recordPath = (name) => join(root, recordOf(name));

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

/** Replaces a file atomically: another command that reads it sees the old file or the new one. */
async function replaceFile(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, contents);
  renameSync(partial, path);
}

/** Removes outputs that an earlier build of the group wrote and this build does not. */
function removeOld(name, outputs) {
  if (!existsSync(recordPath(name))) return;
  for (const old of JSON.parse(readFileSync(recordPath(name), 'utf8')).outputs) {
    if (!outputs.includes(old)) rmSync(join(root, old), { force: true });
  }
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
    // Folders of packages whose code is in each output, for the notices.
    packages: Object.fromEntries(files.map(({ packages = [] }, i) => [outputs[i], packages])),
    inputs: [...commonInputs, ...inputs.filter((path) => !path.startsWith('node_modules/'))],
  };
  await replaceFile(recordPath(name), JSON.stringify(record));
}

/**
 * Brings the named groups up to date.
 * @param {string[]} names some of `groupNames`
 * @param {(line: string) => void} say called with a line for each group that is built
 * @throws Error if a group fails, after its compiler has printed the reason
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
  if (names.includes('devicePage')) {
    await copyModels(join(root, 'dist', 'device'), (name) =>
      deviceModels.some((start) => name.startsWith(start)),
    );
  }
}
