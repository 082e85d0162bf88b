/** Enlarges a drawing by UpscalerJS, which imports the same @tensorflow/tfjs as this page. */
import * as tf from '@tensorflow/tfjs';
import x2 from '@upscalerjs/esrgan-slim/2x';
import { tiledInfo } from 'tfjs-backend-tiled';
import Upscaler from 'upscaler';

const state = document.querySelector('#state')!;
const canvas = document.querySelector('canvas')!;
const picture = document.querySelector('img')!;

const context = canvas.getContext('2d')!;
context.fillStyle = 'white';
context.fillRect(0, 0, 64, 64);
context.font = 'bold 40px serif';
context.fillStyle = 'black';
context.fillText('Ag', 6, 46);

// Before the model is loaded: its weights go to the backend that is active then.
await tf.setBackend('tiled');
const upscaler = new Upscaler({ model: x2 });
picture.src = await upscaler.upscale(canvas);
await picture.decode();

const { engine, variants } = tiledInfo();
state.textContent = `${picture.naturalWidth} x ${picture.naturalHeight} pixels, engine: ${engine}, computed here: ${Object.keys(variants).join(', ')}`;
