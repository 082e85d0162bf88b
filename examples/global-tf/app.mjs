/** Lets a library that uses the global `tf` compute with this backend. */
import * as tf from '@tensorflow/tfjs-core';
import { tiledInfo } from 'tfjs-backend-tiled';

await tf.setBackend('tiled');
globalThis.tf = tf;

// Loaded by import() because an import statement would run before the lines above.
const { brightest } = await import('./standInLibrary.mjs');

const picture = tf.ones([8, 8, 3]);
console.log(`brightest: ${await brightest(picture)}`);
picture.dispose();

const { engine, variants } = tiledInfo();
console.log(`backend: ${tf.getBackend()}, engine: ${engine}`);
console.log(`computed here: ${Object.keys(variants).join(', ')}`);
