/** Finds a face and its mesh by Human, which has a copy of tfjs of its own and chooses its backend. */
import { Human } from '@vladmandic/human';
import { tiledInfo } from 'tfjs-backend-tiled';

const photograph = 'https://cdn.jsdelivr.net/npm/@vladmandic/face-api@1.7.15/demo/sample1.jpg';

const state = document.querySelector('#state')!;
const canvas = document.querySelector('canvas')!;

const off = { enabled: false };
const human = new Human({
  // Its type lists stock backends only, but Human takes every one that is registered.
  backend: 'tiled' as 'webgl',
  modelBasePath: 'https://cdn.jsdelivr.net/npm/@vladmandic/human@3.3.6/models/',
  face: { detector: { maxDetected: 5 }, iris: off, emotion: off, description: off },
  body: off,
  hand: off,
  gesture: off,
});

const image = new Image();
image.crossOrigin = 'anonymous';
image.src = photograph;
await image.decode();
canvas.width = image.width;
canvas.height = image.height;
canvas.getContext('2d')!.drawImage(image, 0, 0);

const { face } = await human.detect(canvas);
await human.draw.face(canvas, face, { drawLabels: false });

const points = face.reduce((sum, { mesh }) => sum + mesh.length, 0);
const { engine, variants } = tiledInfo();
state.textContent = `faces: ${face.length}, points: ${points}, engine: ${engine}, computed here: ${Object.keys(variants).join(', ')}`;
