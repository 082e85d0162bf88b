/** Both packages as npm packs and installs them, each in a folder of its own, with nothing downloaded. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/lib/root.js';

interface Manifest {
  name: string;
  exports: Record<string, unknown>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

export interface Ran {
  status: unknown;
  /** Text of stdout and stderr. */
  output: string;
  stdout: string;
}

function run(command: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : error.code, output: stdout + stderr, stdout });
    });
  });
}

/** Runs a script, which may be a program of node_modules, in a folder. */
export function runNode(args: readonly string[], cwd: string): Promise<Ran> {
  return run(process.execPath, args, cwd);
}

/** Returns the path of a program in this repository's node_modules. */
export const tool = (path: string) => join(root, 'node_modules', path);

/** Runs the npm that runs this process, or the installed one. */
export function runNpm(args: readonly string[], cwd: string): Promise<Ran> {
  const { npm_execpath: path } = process.env;
  return path ? runNode([path, ...args], cwd) : run('npm', args, cwd);
}

/** @throws Error with the output of npm, if it fails */
async function npm(args: readonly string[], cwd: string): Promise<void> {
  const { status, output } = await runNpm(args, cwd);
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}:\n${output}`);
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Returns the dependencies that a user needs beside the package, as copies in this repository. */
function neededBy({ dependencies, peerDependencies, peerDependenciesMeta }: Manifest) {
  const peers = Object.keys(peerDependencies ?? {});
  const needed = peers.filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
  const names = [...Object.keys(dependencies ?? {}), ...needed];
  return Object.fromEntries(names.map((name) => [name, `file:${tool(name)}`]));
}

export interface Consumer {
  readonly folder: string;
  /** Name of the installed package. */
  readonly name: string;
  readonly tarball: string;
  /** Path of the installed package. */
  readonly installed: string;
  /** Names that can be imported, such as `tfjs-backend-tiled/base`. */
  readonly entries: readonly string[];
  /** Writes files, by their paths in the folder. */
  write(files: Readonly<Record<string, string>>): void;
  remove(): void;
}

/**
 * Packs a package and installs it into an empty folder.
 * @param source folder of the package
 */
async function install(source: string, others: readonly string[]): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'));
  const write: Consumer['write'] = (files) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  await npm(['pack', '--pack-destination', folder], source);
  const own = readManifest(source);
  const [file] = readdirSync(folder);
  const beside = Object.fromEntries(others.map((name) => [name, `file:${tool(name)}`]));
  const dependencies = { ...neededBy(own), ...beside, [own.name]: `file:${file}` };
  write({ 'package.json': JSON.stringify({ private: true, dependencies }) });
  // Peers are installed by name, in this repository's versions, which some packages do not name.
  await npm(
    ['install', '--offline', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'],
    folder,
  );
  const installed = join(folder, 'node_modules', own.name);
  const paths = Object.keys(readManifest(installed).exports);
  return {
    folder,
    name: own.name,
    tarball: join(folder, file),
    installed,
    entries: paths
      .filter((path) => !path.endsWith('.json'))
      .map((path) => own.name + path.slice(1)),
    write,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/**
 * Packs the package, which builds it, and installs it into an empty folder.
 * @param others packages of this repository's node_modules that are installed beside it
 */
export function installPacked(others: readonly string[] = []): Promise<Consumer> {
  return install(root, others);
}

/** Builds and packs the package of the validator, and installs it into an empty folder. */
export async function installValidator(): Promise<Consumer> {
  await npm(['run', 'build'], root);
  return install(join(root, 'dist', 'tfjs-conv-validate'), []);
}
