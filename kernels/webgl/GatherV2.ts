/**
 * GatherV2 with indices that are on the CPU. If the tensor is there too, whatever its size, the CPU
 * gathers, in time proportional to the size of the result. Otherwise stock gathers from an unpacked
 * texture. The tensor is unpacked once and not for every gather, because detectors gather once for
 * each class.
 */
import {
  backend_util,
  GatherV2,
  type GatherV2Attrs,
  type GatherV2Inputs,
  type TypedArray,
  util,
} from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';

/** Maximum number of values that are gathered on the CPU. */
const MOST_VALUES = 65_536;

export const gatherKernel = tiledKernel<GatherV2Inputs, GatherV2Attrs>(
  GatherV2,
  (runner, { x, indices }, { axis, batchDims }) => {
    if (x.dtype === 'string' || !runner.computesOnCPU([indices])) return null;
    if (!runner.computesOnCPU([x])) {
      runner.unpack(x);
      return null;
    }
    const [along] = util.parseAxisParam(axis, x.shape);
    const info = backend_util.segment_util.collectGatherOpShapeInfo(
      x as never,
      indices as never,
      along,
      batchDims,
    );
    if (util.sizeFromShape(info.outputShape) > MOST_VALUES) return null;
    const values = gathered(runner.valuesOnCPU(x), runner.valuesOnCPU(indices), info);
    return runner.makeTensorInfo(info.outputShape, x.dtype, values);
  },
);

type Sizes = Pick<
  ReturnType<typeof backend_util.segment_util.collectGatherOpShapeInfo>,
  'batchSize' | 'outerSize' | 'dimSize' | 'sliceSize'
>;

/** Gathers slices of `from` by index; an index out of range gathers zeros, as on stock webgl. */
export function gathered(
  from: TypedArray,
  indices: TypedArray,
  { batchSize, outerSize, dimSize, sliceSize }: Sizes,
): TypedArray {
  const perBatch = batchSize === 0 ? 0 : indices.length / batchSize;
  const make = from.constructor as new (length: number) => TypedArray;
  const out = new make(batchSize * outerSize * perBatch * sliceSize);
  let to = 0;
  for (let batch = 0; batch < batchSize; batch++) {
    for (let outer = 0; outer < outerSize; outer++) {
      const first = (batch * outerSize + outer) * dimSize;
      for (let i = 0; i < perBatch; i++, to += sliceSize) {
        const index = indices[batch * perBatch + i];
        if (index < 0 || index >= dimSize) continue;
        const start = (first + index) * sliceSize;
        out.set(from.subarray(start, start + sliceSize), to);
      }
    }
  }
  return out;
}
