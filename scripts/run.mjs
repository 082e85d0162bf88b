/**
 * Entry point of every npm script: `node scripts/run.mjs COMMAND [arguments]`. Installs and builds
 * what the command needs, then runs `main` of dist/scripts/COMMAND.js. Until the dependencies are
 * installed, this file may import only Node's modules.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Groups of scripts/build.mjs that the tests need before they start. */
const tested = [
  'library',
  'validatorLibrary',
  'scriptTag',
  'scripts',
  'pages',
  'validatorPages',
  'validatorBackends',
  'devicePage',
  'ownModelPage',
  'unit',
  'conformance',
  'longUnit',
  'longConformance',
  'conformanceWorker',
];

/** Groups of scripts/build.mjs that each command needs. */
const needs = {
  start: ['scripts', 'pages'],
  bench: ['scripts', 'pages', 'peersPage', 'validatorBackends'],
  shaders: ['scripts', 'pages'],
  profile: ['scripts', 'pages'],
  validate: ['scripts', 'validatorPages'],
  fuzz: ['scripts', 'pages'],
  soak: ['scripts', 'pages'],
  test: tested,
  'test-tfjs-core': ['scripts', 'suite'],
  'test-faults': ['scripts', 'pages'],
  'device-page': ['scripts', 'devicePage'],
  'own-model': ['scripts', 'ownModelPage', 'validatorBackends'],
  site: [
    'scripts',
    'declarations',
    'sitePage',
    'ownModelPage',
    'validatorPages',
    'validatorBackends',
  ],
  figures: ['scripts'],
  build: [
    ...['declarations', 'commonjs', 'validatorCommonJS', ...tested],
    ...['peersPage', 'sitePage', 'suite', 'notices', 'validatorNotices', 'validatorPackage'],
  ],
  lint: ['scripts'],
  sizes: ['library', 'validatorLibrary', 'scripts'],
};

/** Exit status of a command that could not do its work; status 1 means that it found faults. */
const couldNotRun = 3;

/** Prints one line and ends the command. */
function stop(message, exitCode = couldNotRun) {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

const say = (line) => process.stderr.write(`${line}\n`);

/**
 * True if node_modules matches package-lock.json, according to npm's record of the installed
 * packages. Optional packages may be absent, because they may be for other platforms.
 */
function isInstalled() {
  const recordPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(recordPath)) return false;
  const installed = JSON.parse(readFileSync(recordPath, 'utf8')).packages;
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).every(([path, { version, optional }]) => {
    if (path === '' || (optional && !(path in installed))) return true;
    return installed[path]?.version === version && existsSync(join(root, path));
  });
}

function install() {
  say('installing dependencies (npm ci) ...');
  const args = ['ci', '--include=dev', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const [command, commandArgs] = npm ? [process.execPath, [npm, ...args]] : ['npm', args];
  const done = spawnSync(command, commandArgs, {
    cwd: root,
    encoding: 'utf8',
    shell: !npm && process.platform === 'win32',
  });
  if (done.status !== 0) {
    // Leave out npm's list of all its options, which follows its message.
    const [message] = (done.stderr ?? '').split(/^.*Usage:$/m);
    stop(`${message}npm ci failed: ${done.error?.message ?? `status ${done.status}`}`);
  }
}

const [command = '', ...args] = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  stop(`Node ${process.versions.node} is too old: install Node 20.19 or newer.`);
}
if (!Object.hasOwn(needs, command)) {
  stop(`command "${command}" is unknown; it is one of ${Object.keys(needs).join(', ')}`, 2);
}
if (!isInstalled()) install();

const { buildGroups } = await import('./build.mjs');
try {
  await buildGroups(needs[command], say);
} catch (error) {
  // The compiler has already printed its messages with their source lines.
  stop(`the build failed: ${error.message.split('\n')[0]}`);
}

try {
  const script = pathToFileURL(join(root, 'dist', 'scripts', `${command}.js`)).href;
  const { main } = await import(script);
  process.exitCode = await main(args);
} catch (error) {
  const { exitStatus, message, stack } = error;
  stop(exitStatus === undefined ? stack : message, exitStatus);
}
