/**
 * GatherV2 with indices that are on the CPU. If the tensor is there too, whatever its size, the CPU
 * gathers, in time proportional to the size of the result. From planes it is gathered into planes.
 * Otherwise stock gathers from an unpacked texture. The tensor is unpacked once and not for every gather, because detectors gather once for
 * each class.
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
import { moved } from './moves.js';
import type { TileRunner } from './runner.js';

/** Maximum number of values that are gathered on the CPU. */
const MOST_VALUES = 65_536;

export const gatherKernel = tiledKernel<GatherV2Inputs, GatherV2Attrs>(
  GatherV2,
  (runner, { x, indices }, { axis, batchDims }) => {
    if (x.dtype === 'string' || !runner.computesOnCPU([indices])) return null;
    const [along] = util.parseAxisParam(axis, x.shape);
    if (!runner.computesOnCPU([x])) {
      const result = batchDims === 0 ? inTiles(runner, x, indices, along) : null;
      if (result === null) runner.unpack(x);
      return result;
    }
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

/** Maximum index that every precision of planes holds exactly. */
const MOST_EXACT = { float32: 2 ** 24, half: 2 ** 11 } as const;

/** Gathers from planes, with zeros for indices out of range; null if x is not in planes. */
function inTiles(
  runner: TileRunner,
  x: TensorInfo,
  indices: TensorInfo,
  axis: number,
): TensorInfo | null {
  const { shape } = x;
  const [outer, inner] = [shape.slice(0, axis), shape.slice(axis + 1)].map(util.sizeFromShape);
  const size = shape[axis];
  const isWhole = indices.dtype === 'int32' && size <= MOST_EXACT[runner.limits.precision];
  if (!isWhole) return null;
  return moved(
    runner,
    x,
    {
      key: [GatherV2],
      shape: [outer, size, inner],
      outShape: [outer, util.sizeFromShape(indices.shape), inner],
      rule: (map, [before, at, after]) => [before, map.bounded(map.looked(at), size), after],
    },
    { resultShape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)], indices },
  );
}

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
