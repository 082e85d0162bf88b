/** Hands the canvas to a worker, which computes and draws, and shows what the worker reports. */
import type { Report } from './worker.js';

const canvas = document.querySelector('canvas')!.transferControlToOffscreen();
const state = document.querySelector('#state')!;

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data }: MessageEvent<Report>) => {
  const { generation, alive, engine } = data;
  state.textContent = `generation ${generation}: ${alive} cells alive, computed by the ${engine} engine`;
});
worker.addEventListener('error', ({ message }) => {
  state.textContent = `the worker failed: ${message}`;
});
worker.postMessage(canvas, [canvas]);
