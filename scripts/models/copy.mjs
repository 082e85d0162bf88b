/**
 * Copies the models and pictures in npm packages to where pages can fetch them:
 * models/NAME/model.json with its weight files beside it, and models/*.png or .jpg. Plain
 * JavaScript, because the build calls it before anything is built.
 */
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'node_modules');
const esrgan = join(modules, '@upscalerjs', 'esrgan-slim');
const face = join(modules, '@vladmandic', 'face-api');
const human = join(modules, '@vladmandic', 'human', 'models');
const nsfw = join(modules, 'nsfwjs', 'dist', 'models');

const load = createRequire(import.meta.url);

/**
 * Returns the files of an nsfwjs net. They are CommonJS modules: model.json as an object, weights
 * as base64.
 */
function nsfwNet(name, folder, shards) {
  const path = (file) => join(nsfw, folder, `${file}.min.js`);
  const names = Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}`);
  const weights = names.map((file) => [
    `${name}/${file}`,
    { source: path(file), contents: () => Buffer.from(load(path(file)), 'base64') },
  ]);
  const model = { source: path('model'), contents: () => JSON.stringify(load(path('model'))) };
  return Object.fromEntries([[`${name}/model.json`, model], ...weights]);
}

/** Returns the files of a face-api net: only weights, because the package's code is the graph. */
function faceNet(name) {
  const files = [`${name}_model-weights_manifest.json`, `${name}_model.bin`];
  return Object.fromEntries(
    files.map((file) => [`face-api/${file}`, { source: join(face, 'model', file) }]),
  );
}

/**
 * Files to write, by name: a source, whose age decides whether to copy, and optionally a function
 * that produces the contents.
 */
const files = {
  'flower.png': { source: join(esrgan, 'assets', 'fixture.png') },
  'face.jpg': { source: join(face, 'demo', 'sample1.jpg') },
  'esrgan-slim/model.json': { source: join(esrgan, 'models', 'x2', 'model.json') },
  'esrgan-slim/group1-shard1of1.bin': {
    source: join(esrgan, 'models', 'x2', 'group1-shard1of1.bin'),
  },
  ...nsfwNet('mobilenet-v2', 'mobilenet_v2_mid', 2),
  ...nsfwNet('mobilenet-v2-layers', 'mobilenet_v2', 1),
  ...nsfwNet('inception-v3', 'inception_v3', 6),
  ...faceNet('ssd_mobilenetv1'),
  ...faceNet('face_recognition'),
  ...faceNet('face_landmark_68'),
  'hand-detector/model.json': { source: join(human, 'handtrack.json') },
  'hand-detector/handtrack.bin': { source: join(human, 'handtrack.bin') },
};

function isFresh(path, source) {
  return existsSync(path) && statSync(path).mtimeMs >= statSync(source).mtimeMs;
}

/**
 * Writes `models/...` under a folder, such as dist/pages. Files that are at least as new as their
 * source are left alone.
 * @param {string} outDir
 * @param {(name: string) => boolean} isWanted true for the names of files to write; all by default
 */
export async function copyModels(outDir, isWanted = () => true) {
  for (const [name, { source, contents = () => readFile(source) }] of Object.entries(files)) {
    if (!isWanted(name)) continue;
    const path = join(outDir, 'models', name);
    if (isFresh(path, source)) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await contents());
  }
}
