/** Outputs of a recorded prediction: where it drew them, and new tensors in place of them. */
import type { DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { Placement } from '../../../kernels/webgl/runner.js';
import type { TargetPlace, TexturePlace } from '../device/drawList.js';
import type { PlaneSet } from '../device/planeSets.js';
import type { StockInternals, StockTexture, TexData } from '../stock/stockInternals.js';
import type { CaptureHost } from './host.js';
import { copyOfSlice } from './inputs.js';

/** Place of an output's values when the recording ended. */
export type RecordedOutput = { readonly shape: readonly number[]; readonly dtype: DataType } & (
  | { readonly kind: 'tiles'; readonly planes: PlaneSet; readonly placement: Placement }
  | {
      readonly kind: 'stock';
      readonly texture: StockTexture;
      readonly texShape: [number, number];
      readonly isPacked: boolean;
      readonly usage: unknown;
    }
  | { readonly kind: 'values'; readonly values: ArrayLike<number> }
);

/**
 * Describes an output, which is drawn if it is pending.
 * @returns the output, and data that was copied for it and must be disposed of after the recording
 */
export function describeOutput(
  host: CaptureHost,
  output: TensorInfo,
): { readonly recorded: RecordedOutput; readonly copy: DataId | null } {
  const { store } = host.session;
  const { dataId } = copyOfShared(host, output) ?? output;
  const { shape, dtype } = host.texData.get(dataId) as TexData;
  const copy = dataId === output.dataId ? null : dataId;
  if (store.materialize(dataId)) {
    const { planes, placement } = store.sourceOf(dataId);
    return { recorded: { kind: 'tiles', shape, dtype, planes, placement }, copy };
  }
  const { texture, texShape, isPacked, usage, values } = host.texData.get(dataId) as TexData;
  if (texture == null) {
    const kept = (values as Float32Array).slice();
    return { recorded: { kind: 'values', shape, dtype, values: kept }, copy };
  }
  const recorded: RecordedOutput = {
    kind: 'stock',
    shape,
    dtype,
    texture: texture as StockTexture,
    texShape: texShape as [number, number],
    isPacked: isPacked ?? false,
    usage,
  };
  return { recorded, copy };
}

/** Copies an output that shares its texture or its planes with other data; returns null for another. */
function copyOfShared(host: CaptureHost, output: TensorInfo): TensorInfo | null {
  const { dataId, shape, dtype } = output;
  if ((host.texData.get(dataId) as TexData).slice != null) return copyOfSlice(host, output);
  const { store } = host.session;
  if (!store.materialize(dataId) || !store.isShared(dataId)) return null;
  const copy = host.makeTensorInfo(shape, dtype);
  store.copy(dataId, copy.dataId);
  return copy;
}

/** Returns the textures that an output was drawn into. */
export function texturesOfOutput(output: RecordedOutput): readonly WebGLTexture[] {
  if (output.kind === 'tiles') return output.planes.textures;
  return output.kind === 'stock' ? [output.texture.texture] : [];
}

/** Places of an output in the list of draws. */
export interface OutputPlaces {
  readonly textures: readonly TexturePlace[];
  readonly target: TargetPlace;
}

/**
 * Makes data for an output, into whose textures the list will draw.
 * @throws OutOfMemory
 */
export function makeOutput(
  host: CaptureHost,
  output: RecordedOutput,
  places: OutputPlaces,
): TensorInfo {
  const { shape, dtype } = output;
  if (output.kind === 'values') {
    const values = (output.values as Float32Array).slice();
    return host.makeTensorInfo([...shape], dtype, values);
  }
  const info = host.makeTensorInfo([...shape], dtype);
  try {
    if (output.kind === 'tiles') fillTiles(host, info.dataId, output, places);
    else fillStock(host, info.dataId, output, places);
  } catch (error) {
    host.disposeData(info.dataId);
    throw error;
  }
  return info;
}

function fillTiles(
  { session }: CaptureHost,
  dataId: DataId,
  { planes, placement }: RecordedOutput & { kind: 'tiles' },
  { textures, target }: OutputPlaces,
): void {
  const fresh = session.device.planes.acquireLike(planes);
  for (const [i, texture] of fresh.textures.entries()) textures[i].texture = texture;
  target.framebuffer = fresh.framebuffer;
  session.store.adopt(dataId, fresh, placement);
}

function fillStock(
  host: CaptureHost,
  dataId: DataId,
  { texShape, isPacked, usage, dtype }: RecordedOutput & { kind: 'stock' },
  { textures, target }: OutputPlaces,
): void {
  const internals = host as unknown as StockInternals;
  const texture = internals.acquireTexture(texShape, usage, dtype, isPacked);
  textures[0].texture = texture.texture;
  target.attached = texture.texture;
  Object.assign(host.texData.get(dataId), { texture, texShape: [...texShape], isPacked, usage });
}
