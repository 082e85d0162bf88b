/** Pictures: conversion from a file to a model's input, and from values back to a PNG. */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';

/** Error thrown if the browser cannot decode the file as a picture. */
export class UnreadablePicture extends Error {
  override name = 'UnreadablePicture';
}

export interface Pixels {
  width: number;
  height: number;
  /** Red, green and blue from 0 to 255, [height, width, 3]. */
  values: Float32Array;
}

/** Fetches a picture; throws UnreadablePicture if the browser cannot decode its format. */
export async function fetchPicture(url: string): Promise<ImageBitmap> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url}: status ${response.status}`);
  try {
    return await createImageBitmap(await response.blob());
  } catch (error) {
    throw new UnreadablePicture((error as Error).message);
  }
}

/** Returns the largest centred square of a picture, on white, scaled to side x side. */
export function squarePixels(picture: ImageBitmap, side: number): Pixels {
  return coverPixels(picture, side, side);
}

/** Returns the largest centred part of a picture with the proportions asked for, on white, scaled to them. */
export function coverPixels(picture: ImageBitmap, width: number, height: number): Pixels {
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  const scale = Math.min(picture.width / width, picture.height / height);
  const [across, down] = [scale * width, scale * height];
  const left = (picture.width - across) / 2;
  const top = (picture.height - down) / 2;
  context.drawImage(picture, left, top, across, down, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const values = Float32Array.from(
    { length: width * height * 3 },
    (_, i) => data[4 * Math.floor(i / 3) + (i % 3)],
  );
  return { width, height, values };
}

/** Returns a model's input [1, height, width, 3] with values from 0 to `white`. */
export function toTensor({ width, height, values }: Pixels, white: number): Tensor4D {
  const scaled = white === 255 ? values : values.map((value) => (value * white) / 255);
  return tensor4d(scaled, [1, height, width, 3]);
}

/** Encodes pixels as a PNG data URL. Values are rounded and clamped to 0 to 255. */
export async function toDataUrl({ width, height, values }: Pixels): Promise<string> {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    rgba.set(values.subarray(3 * i, 3 * i + 3), 4 * i);
    rgba[4 * i + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(new ImageData(rgba, width, height), 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
