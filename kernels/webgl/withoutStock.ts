/**
 * Kernels that never fall back to the stock kernel, because stock returns wrong values or does not compile:
 * after tiles comes the CPU.
 */
import {
  type NamedTensorInfoMap,
  type TensorInfo,
  type TypedArray,
  util,
} from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import { runnerOf, type TiledKernel, type TileRunner } from './runner.js';

/** A call of a kernel whose result is of float32. */
export interface CallWithoutStock {
  /** Tensors that are read; the result is zero if one of them has no values. */
  readonly inputs: readonly TensorInfo[];
  /** Shape of the result. */
  readonly shape: readonly number[];
  /** @throws NeedsFallback if this device cannot draw it */
  draw(runner: TileRunner): TensorInfo;
  /** Writes the flat result; `values` are those of the inputs. */
  write(values: readonly TypedArray[], result: Float32Array): void;
}

/** @param prepare checks the arguments, and throws for those that are wrong */
export function kernelWithoutStock<Inputs, Attrs>(
  kernelName: string,
  prepare: (inputs: Inputs, attrs: Attrs) => CallWithoutStock,
): TiledKernel {
  return {
    kernelName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const runner = runnerOf(backend);
      const call = prepare(inputs as NamedTensorInfoMap as Inputs, attrs as Attrs);
      const shape = [...call.shape];
      const size = util.sizeFromShape(shape);
      if (size === 0 || call.inputs.some((input) => input.shape.includes(0))) {
        return runner.makeTensorInfo(shape, 'float32', new Float32Array(size));
      }
      try {
        return runner.transaction(call.inputs, () => call.draw(runner));
      } catch (error) {
        if (!(error instanceof NeedsFallback)) throw error;
        const values = call.inputs.map(({ dataId }) => runner.backend.readSync(dataId));
        const result = new Float32Array(size);
        call.write(values as TypedArray[], result);
        runner.stepDown(kernelName, 'tiles', 'cpu', error.message);
        return runner.makeTensorInfo(shape, 'float32', result);
      }
    },
  };
}

/** Tile of tensors that are in no planes: convolutions of every tile can read it. */
export const usualTile = { w: 2, h: 2, c: 1 } as const;
