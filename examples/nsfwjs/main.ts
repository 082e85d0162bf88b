/** Classifies a photograph by nsfwjs, which imports the same @tensorflow/tfjs as this page. */
import * as tf from '@tensorflow/tfjs';
import { load } from 'nsfwjs/core';
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
import { tiledInfo } from 'tfjs-backend-tiled';

const photograph = 'https://cdn.jsdelivr.net/npm/@vladmandic/face-api@1.7.15/demo/sample1.jpg';

const state = document.querySelector('#state')!;
const canvas = document.querySelector('canvas')!;

// Before the model is loaded: its weights go to the backend that is active then.
await tf.setBackend('tiled');
const model = await load('MobileNetV2', { modelDefinitions: [MobileNetV2Model] });

const image = new Image();
image.crossOrigin = 'anonymous';
image.src = photograph;
await image.decode();
canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);

const [{ className, probability }] = await model.classify(canvas);
const { engine, variants } = tiledInfo();
state.textContent = `${className}: ${(100 * probability).toFixed(1)} percent, engine: ${engine}, computed here: ${Object.keys(variants).join(', ')}`;
