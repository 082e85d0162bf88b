/** Conway's Game of Life, whose neighbours are counted by a convolution, drawn off the page's thread. */
import * as tf from '@tensorflow/tfjs-core';
import { tiledInfo } from 'tfjs-backend-tiled';

export interface Report {
  generation: number;
  /** Number of cells. */
  alive: number;
  engine: string;
}

/** Rows and columns of five cells in the middle that grow for 1103 generations. */
const start = [
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [2, 1],
];

function firstCells(width: number, height: number): tf.Tensor4D {
  const cells = tf.buffer([1, height, width, 1]);
  for (const [row, column] of start) cells.set(1, 0, height / 2 + row, width / 2 + column, 0);
  return cells.toTensor() as tf.Tensor4D;
}

/** Neighbours count 2 and the cell itself counts 1, so that 5 to 7 are the sums of living cells. */
const filter = tf.tensor4d([2, 2, 2, 2, 1, 2, 2, 2, 2], [3, 3, 1, 1]);

/** @param cells ones and zeros, [1, height, width, 1] */
function next(cells: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const sums = tf.conv2d(cells, filter, 1, 'same');
    return tf.cast(tf.logicalAnd(tf.greater(sums, 4), tf.less(sums, 8)), 'float32');
  });
}

/** Draws living cells; returns their number. */
function draw(context: OffscreenCanvasRenderingContext2D, cells: ArrayLike<number>): number {
  const { width, height } = context.canvas;
  const picture = context.createImageData(width, height);
  let alive = 0;
  for (let i = 0; i < cells.length; i++) {
    alive += cells[i];
    picture.data.set([255 * cells[i], 160 * cells[i], 40, 255], 4 * i);
  }
  context.putImageData(picture, 0, 0);
  return alive;
}

addEventListener('message', async ({ data: canvas }: MessageEvent<OffscreenCanvas>) => {
  await tf.setBackend('tiled');
  const context = canvas.getContext('2d')!;
  let cells = firstCells(canvas.width, canvas.height);
  for (let generation = 0; ; generation++) {
    const alive = draw(context, await cells.data());
    const report: Report = { generation, alive, engine: tiledInfo().engine };
    postMessage(report);
    const after = next(cells);
    cells.dispose();
    cells = after;
    await new Promise(requestAnimationFrame);
  }
});
