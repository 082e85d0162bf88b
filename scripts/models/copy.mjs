/**
 * Puts the models and the default picture that npm packages carry where pages can fetch them:
 * models/NAME/model.json with its weight files beside it, and models/flower.png. Plain
 * JavaScript, since the build calls it before anything is built.
 */
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'node_modules');
const esrgan = join(modules, '@upscalerjs', 'esrgan-slim');
const mobilenet = join(modules, 'nsfwjs', 'dist', 'models', 'mobilenet_v2_mid');

const load = createRequire(import.meta.url);

/** That package's files are CommonJS modules: model.json as an object, weights as base64. */
const base64Module = (name) => () => Buffer.from(load(join(mobilenet, name)), 'base64');

/** Each file: its source, whose age decides, and what makes its contents. */
const files = {
  'flower.png': { source: join(esrgan, 'assets', 'fixture.png') },
  'esrgan-slim/model.json': { source: join(esrgan, 'models', 'x2', 'model.json') },
  'esrgan-slim/group1-shard1of1.bin': {
    source: join(esrgan, 'models', 'x2', 'group1-shard1of1.bin'),
  },
  'mobilenet-v2/model.json': {
    source: join(mobilenet, 'model.min.js'),
    contents: () => JSON.stringify(load(join(mobilenet, 'model.min.js'))),
  },
  'mobilenet-v2/group1-shard1of2': {
    source: join(mobilenet, 'group1-shard1of2.min.js'),
    contents: base64Module('group1-shard1of2.min.js'),
  },
  'mobilenet-v2/group1-shard2of2': {
    source: join(mobilenet, 'group1-shard2of2.min.js'),
    contents: base64Module('group1-shard2of2.min.js'),
  },
};

function isFresh(path, source) {
  return existsSync(path) && statSync(path).mtimeMs >= statSync(source).mtimeMs;
}

/**
 * Writes `models/...` under a folder, such as dist/pages; files that are newer than their source
 * stay as they are.
 * @param {string} outDir
 */
export async function copyModels(outDir) {
  for (const [name, { source, contents = () => readFile(source) }] of Object.entries(files)) {
    const path = join(outDir, 'models', name);
    if (isFresh(path, source)) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await contents());
  }
}
