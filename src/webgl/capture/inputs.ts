/** Inputs of a recorded prediction: the textures that hold them, and stand-ins for the recording. */
import {
  type DataId,
  engine,
  type KernelBackend,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { placementKey } from '../residency/tileStore.js';
import type { TexData } from '../stock/stockInternals.js';
import type { CaptureHost } from './host.js';

/** Textures that hold a tensor. */
export interface InputForm {
  /** The same for all tensors whose textures can take the place of these. */
  readonly key: string;
  readonly textures: readonly WebGLTexture[];
  /** Gives another tensor these values, in the same textures. */
  lendTo(dataId: DataId): void;
  /** Takes the textures back. */
  takeBackFrom(dataId: DataId): void;
}

/** Inputs of one prediction. */
export interface BoundInputs {
  /** The same for all inputs that a recording can be made again with. */
  readonly key: string;
  readonly tensors: readonly Tensor[];
  readonly forms: readonly InputForm[];
  /** Frees what was made for these inputs only. */
  release(): void;
}

/** Sends all inputs to the GPU, and describes where they are there. */
export function bindInputs(host: CaptureHost, tensors: readonly Tensor[]): BoundInputs {
  const copies: TensorInfo[] = [];
  const forms = tensors.map((x) => {
    if ((host.texData.get(x.dataId) as TexData).slice == null) return formOf(host, x.dataId);
    const copy = copyOfSlice(host, x);
    copies.push(copy);
    return formOf(host, copy.dataId);
  });
  const key = forms.map((form, i) => {
    // The same tensor may be given twice.
    const first = forms.findIndex(({ textures }) => textures[0] === form.textures[0]);
    const { shape, dtype } = tensors[i];
    return `${dtype} [${shape}] ${form.key} ${first}`;
  });
  const release = () => {
    for (const copy of copies) host.disposeData(copy.dataId);
  };
  return { key: key.join('; '), tensors, forms, release };
}

/** Copies a slice, which has no texture of its own, to one in another packing. */
export function copyOfSlice(host: CaptureHost, { dataId, shape, dtype }: TensorInfo): TensorInfo {
  const { isPacked } = host.texData.get(dataId) as TexData;
  const slice = { dataId, shape, dtype };
  return isPacked ? host.unpackTensor(slice) : host.packTensor(slice);
}

function formOf(host: CaptureHost, dataId: DataId): InputForm {
  const { store } = host.session;
  if (store.materialize(dataId)) {
    const { planes, placement } = store.sourceOf(dataId);
    return {
      key: `tiles ${placementKey(placement)} in ${planes.sides}`,
      textures: planes.textures,
      lendTo: (other) => store.adopt(other, planes, placement),
      takeBackFrom: (other) => store.abandon(other, planes),
    };
  }
  const record = host.texData.get(dataId) as TexData;
  if (record.texture == null) host.uploadToGPU(dataId);
  const { texture, texShape, isPacked, usage, shape } = record;
  return {
    key: `${isPacked ? 'packed' : 'unpacked'} [${shape}] in ${texShape}`,
    textures: [(texture as NonNullable<TexData['texture']>).texture],
    lendTo: (other) =>
      Object.assign(host.texData.get(other), { texture, texShape, isPacked, usage, shape }),
    takeBackFrom: (other) => Object.assign(host.texData.get(other), { texture: null }),
  };
}

/** A tensor that stands for an input while a prediction is recorded, in the textures of the input. */
export interface StandIn {
  readonly tensor: Tensor;
  /** Gives the textures back; returns false if the model keeps the tensor, which has a copy then. */
  dispose(): boolean;
}

export function standInFor(host: CaptureHost, x: Tensor, form: InputForm): StandIn {
  const backend = host as unknown as KernelBackend;
  const info = host.makeTensorInfo(x.shape, x.dtype);
  const { dataId } = info;
  form.lendTo(dataId);
  // The model may dispose of its input.
  host.incRef(dataId);
  const tensor = engine().makeTensorFromTensorInfo(info, backend) as Tensor;
  return {
    tensor,
    dispose() {
      form.takeBackFrom(dataId);
      if (!tensor.isDisposed) tensor.dispose();
      if (host.disposeData(dataId)) {
        engine().removeDataId(dataId, backend);
        return true;
      }
      const values = (host.readSync(x.dataId) as Float32Array).slice();
      Object.assign(host.texData.get(dataId), { values, texShape: null, isPacked: false });
      return false;
    },
  };
}
