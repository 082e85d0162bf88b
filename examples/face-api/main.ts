/** Finds a face and its landmarks by face-api, which has a copy of tfjs of its own. */
import * as tf from '@tensorflow/tfjs-core';
import * as faceapi from '@vladmandic/face-api';
import { tiledInfo } from 'tfjs-backend-tiled';

const files = 'https://cdn.jsdelivr.net/npm/@vladmandic/face-api@1.7.15';

const state = document.querySelector('#state')!;
const canvas = document.querySelector('canvas')!;

// The copies share one engine, so this is the backend of face-api too, which chooses none itself.
await tf.setBackend('tiled');
await faceapi.nets.ssdMobilenetv1.loadFromUri(`${files}/model`);
await faceapi.nets.faceLandmark68Net.loadFromUri(`${files}/model`);

const image = await faceapi.fetchImage(`${files}/demo/sample1.jpg`);
faceapi.matchDimensions(canvas, image);
canvas.getContext('2d')!.drawImage(image, 0, 0);

const found = await faceapi.detectAllFaces(image).withFaceLandmarks();
faceapi.draw.drawDetections(canvas, found);
faceapi.draw.drawFaceLandmarks(canvas, found);

const points = found.reduce((sum, { landmarks }) => sum + landmarks.positions.length, 0);
const { engine, variants } = tiledInfo();
state.textContent = `faces: ${found.length}, landmarks: ${points}, engine: ${engine}, computed here: ${Object.keys(variants).join(', ')}`;
