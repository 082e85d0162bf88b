/**
 * GatherV2. If the tensor, whatever its size, and the indices are on the CPU, it gathers there, in time
 * proportional to the size of the result. From planes it is gathered into planes, wherever the indices
 * are. Otherwise stock gathers from an unpacked texture. With indices on the CPU, the tensor is unpacked
 * once and not for every gather, because detectors gather once for each class.
 */
import {
  backend_util,
  GatherV2,
  type GatherV2Attrs,
  type GatherV2Inputs,
  type TensorInfo,
  type TypedArray,
  util,
} from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { canLookUp, moved } from './moves.js';
import type { TileRunner } from './runner.js';

/** Maximum number of values that are gathered on the CPU. */
const MOST_VALUES = 65_536;

export const gatherKernel = tiledKernel<GatherV2Inputs, GatherV2Attrs>(
  GatherV2,
  (runner, { x, indices }, { axis, batchDims }) => {
    if (x.dtype === 'string') return null;
    const [along] = util.parseAxisParam(axis, x.shape);
    const info = backend_util.segment_util.collectGatherOpShapeInfo(
      x as never,
      indices as never,
      along,
      batchDims,
    );
    const isOnCPU = runner.computesOnCPU([indices]);
    if (!(isOnCPU && runner.computesOnCPU([x]))) {
      const result = inTiles(runner, x, indices, info);
      if (result === null && isOnCPU) runner.unpack(x);
      return result;
    }
    if (util.sizeFromShape(info.outputShape) > MOST_VALUES) return null;
    const values = gathered(runner.valuesOnCPU(x), runner.valuesOnCPU(indices), info);
    return runner.makeTensorInfo(info.outputShape, x.dtype, values);
  },
);

type ShapeInfo = ReturnType<typeof backend_util.segment_util.collectGatherOpShapeInfo>;

/** Gathers from planes, with zeros for indices out of range; null if x is not in planes. */
function inTiles(
  runner: TileRunner,
  x: TensorInfo,
  indices: TensorInfo,
  { batchSize, outerSize, dimSize, sliceSize, outputShape }: ShapeInfo,
): TensorInfo | null {
  if (!canLookUp(runner, indices, dimSize)) return null;
  const perBatch = util.sizeFromShape(indices.shape) / batchSize;
  return moved(
    runner,
    x,
    {
      key: [GatherV2],
      shape: [batchSize, outerSize, dimSize, sliceSize],
      outShape: [batchSize, outerSize, perBatch, sliceSize],
      rule: (map, [batch, outer, at, inner]) => {
        const place =
          batchSize === 1
            ? at
            : map.sum(0, [
                [batch, perBatch],
                [at, 1],
              ]);
        return [batch, outer, map.bounded(map.looked(place), dimSize), inner];
      },
    },
    { resultShape: outputShape, indices, dtype: x.dtype },
  );
}

type Sizes = Pick<ShapeInfo, 'batchSize' | 'outerSize' | 'dimSize' | 'sliceSize'>;

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
