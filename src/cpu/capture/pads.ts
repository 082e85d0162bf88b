/**
 * Tensors of one recording that were made by padding others. A convolution can pad by itself, so that a
 * padded tensor which only convolutions read need not be made again.
 */
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';

/** A tensor [n, h, w, c] that was padded with zeros along h and w. */
export interface Padded {
  readonly x: TensorInfo;
  /** Shape after. Its data may have other shapes as well. */
  readonly shape: readonly number[];
  readonly top: number;
  readonly left: number;
}

interface Pad<Step> {
  readonly padded: Padded;
  readonly steps: readonly Step[];
  /** Number of kernels that read the result. */
  readers: number;
}

export class Pads<Step> {
  private readonly all = new Map<DataId, Pad<Step>>();

  /** Notes that these steps have made a tensor. */
  note(dataId: DataId, padded: Padded, steps: readonly Step[]): void {
    this.all.set(dataId, { padded, steps, readers: 0 });
  }

  of(dataId: DataId): Padded | null {
    return this.all.get(dataId)?.padded ?? null;
  }

  /** Notes that a kernel reads a tensor, or with -1 that it reads the one before instead. */
  noteReader(dataId: DataId, count: 1 | -1 = 1): void {
    const pad = this.all.get(dataId);
    if (pad !== undefined) pad.readers += count;
  }

  /** Returns the steps whose results nobody reads; `outputs` are read after the last step. */
  unread(outputs: readonly DataId[]): Set<Step> {
    const pads = [...this.all].filter(
      ([id, { readers }]) => readers === 0 && !outputs.includes(id),
    );
    return new Set(pads.flatMap(([, { steps }]) => steps));
  }
}
