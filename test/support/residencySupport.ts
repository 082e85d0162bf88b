/** Tensors that are in planes only, and checks of their values. */
import { expect } from 'chai';
import type { TiledWebGLBackend } from '../../src/index.js';
import { tf } from './setup.js';

export type Shape4 = [number, number, number, number];

export function tiledBackend(): TiledWebGLBackend {
  return tf.backend() as unknown as TiledWebGLBackend;
}

/** Returns small whole numbers that vary from place to place. */
export function wholeNumbers(shape: Shape4): Float32Array {
  const size = tf.util.sizeFromShape(shape);
  return Float32Array.from({ length: size }, (_, i) => ((i * 7) % 31) - 15);
}

/** Returns the values of wholeNumbers(shape) in planes, made by one of our convolutions. */
export function inPlanes(shape: Shape4): tf.Tensor4D {
  const y = tf.tidy(() => {
    const x = tf.tensor4d(wholeNumbers(shape), shape);
    return tf.depthwiseConv2d(x, tf.ones([1, 1, shape[3], 1]) as tf.Tensor4D, 1, 'valid');
  });
  expectOnlyInPlanes(y);
  return y;
}

/** Counts the programs that our device draws while `body` runs. */
export function drawsOf(body: () => void): number {
  const { device } = tiledBackend();
  const { draw } = device;
  let draws = 0;
  device.draw = (...given) => {
    draws++;
    draw.apply(device, given);
  };
  try {
    body();
  } finally {
    Reflect.deleteProperty(device, 'draw');
  }
  return draws;
}

export function expectOnlyInPlanes(x: tf.Tensor): void {
  const { texture, values } = tiledBackend().getDataInfo(x.dataId);
  expect(texture ?? null, 'stock texture').to.equal(null);
  expect(values ?? null, 'values on the CPU').to.equal(null);
  expect(tiledBackend().runner.placementOf(x), 'residence').to.not.equal(null);
}

/** Returns the values that `f` computes on the stock cpu backend. */
export async function onCPU(f: () => tf.Tensor): Promise<number[]> {
  const active = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    return tf.tidy(() => [...f().dataSync()]);
  } finally {
    await tf.setBackend(active);
  }
}

/** Runs `body` on tiled-webgl; checks that it leaves no tensor, no GPU byte and no WebGL error. */
export async function leavingNothing(body: () => void | Promise<void>): Promise<void> {
  await tf.setBackend('tiled-webgl');
  const before = state();
  await body();
  expect(state()).to.deep.equal(before);
  const gl = tiledBackend().gpgpu.gl;
  expect(gl.getError(), 'WebGL error').to.equal(gl.NO_ERROR);
}

function state() {
  const { numTensors, numDataBuffers, numBytesInGPU } = tf.memory() as tf.MemoryInfo & {
    numBytesInGPU: number;
  };
  return {
    numTensors,
    numDataBuffers,
    numBytesInGPU,
    planes: tiledBackend().device.planes.setsInUse,
    dataIds: tiledBackend().recordCount,
  };
}
