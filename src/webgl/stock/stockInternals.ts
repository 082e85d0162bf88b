/**
 * Private parts of MathBackendWebGL that this project reads, as tfjs 4.4 to 4.22 have them.
 * No other file may assume more about the stock backend.
 */
import type { GPGPUContext } from '@tensorflow/tfjs-backend-webgl';
import { type DataId, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { StockForm, StockLayout } from '../../../kernels/webgl/layout/stock.js';
import { packedRowsColumns } from '../../../kernels/webgl/layout/stock.js';

/** A record of the stock backend's `texData`. */
export interface TexData {
  shape: number[];
  dtype: DataType;
  /** Values on the CPU, if they are there. */
  values: ArrayLike<number> | null | undefined;
  /** The stock texture, if there is one. */
  texture: { readonly texture: WebGLTexture } | null | undefined;
  /** Rows and columns of the texture, counted in values and not in texels. */
  texShape: [number, number] | null | undefined;
  isPacked?: boolean;
  /** Use of the texture; null for a texture to draw into. */
  usage?: unknown;
  /** Set if the tensor is a shallow slice of another tensor's texture. */
  slice?: { readonly flatOffset: number } | null;
  /** The parts of a complex tensor, which itself has no values and no texture. */
  complexTensorInfos?: unknown;
}

/** A stock texture. */
export interface StockTexture {
  readonly texture: WebGLTexture;
}

/** Fields of the stock texture manager, and its methods. */
export interface StockTextures {
  /** Free textures by shape and kind; null once the manager was disposed. */
  readonly freeTextures: Record<string, StockTexture[]> | null;
  /** Textures that tensors have, by shape and kind. */
  readonly usedTextures: Record<string, StockTexture[]>;
  numFreeTextures: number;
  _numBytesAllocated: number;
  _numBytesFree: number;
  acquireTexture(shape: [number, number], usage: unknown, isPacked: boolean): StockTexture;
  releaseTexture(
    texture: StockTexture,
    shape: [number, number],
    usage: unknown,
    isPacked: boolean,
  ): void;
}

/** Private members of the stock context object. */
export interface StockContext {
  /** Vertex shader of all programs, once the first program was made. */
  readonly vertexShader: WebGLShader | null | undefined;
  /** Creates the fence that non-blocking reads wait for. */
  createFence(gl: WebGLRenderingContext): { query: unknown; isFencePassed(): boolean };
  /** True once the result of a timer query can be read. */
  isQueryAvailable(query: WebGLQuery, version: number): boolean;
}

/** A compiled stock program. */
interface StockBinary {
  readonly webGLProgram: NonNullable<GPGPUContext['program']>;
}

/** Fields and methods of the stock backend that only TypeScript makes private. */
export interface StockInternals {
  readonly disposed: boolean;
  readonly gpgpu: GPGPUContext;
  readonly textureManager: StockTextures;
  numBytesInGPU: number;
  /** Returns a texture of a shape that counts rows and columns in values. */
  acquireTexture(
    shape: [number, number],
    usage: unknown,
    dtype: DataType,
    isPacked: boolean,
  ): StockTexture;
  /** Releases the texture. */
  releaseGPUData(dataId: DataId): void;
  convertAndCacheOnCPU(dataId: DataId, values: Float32Array): Float32Array;
  /** Data that is being read asynchronously. */
  readonly pendingRead: Pick<Map<DataId, unknown>, 'has' | 'delete'>;
  /** Data that was disposed while it was being read; pendingDeletes counts it. */
  readonly pendingDisposal: Pick<Set<DataId>, 'delete'>;
  pendingDeletes: number;
  /** Compiled programs by key. */
  binaryCache: Record<string, StockBinary>;
  /** Returns the program under a key, compiled on first use. */
  getAndSaveBinary(key: string, compile: () => StockBinary): StockBinary;
  /** Polls in every frame until the program is ready. */
  checkCompletionAsync_(binary: StockBinary): Promise<boolean>;
  /** The timers of time() that are running. */
  activeTimers?: { name: string; query: Promise<number> }[];
  programTimersStack?: unknown;
  startTimer(): unknown;
  endTimer(query: unknown): unknown;
  getQueryTime(query: unknown): Promise<number>;
  /**
   * Makes a tensor whose packed texture has 4 consecutive values of the given data in each texel.
   * `texels`, if given, are the rows and columns of that texture.
   */
  decode(dataId: DataId, texels?: [number, number]): TensorInfo;
}

/** Fields of the stock backend that belong to its context. */
export interface StockContextParts {
  gpgpu: GPGPUContext;
  textureManager: unknown;
  canvas: unknown;
  binaryCache: StockInternals['binaryCache'];
  numBytesInGPU: number;
  /** Number of slices that share a texture. */
  dataRefCount: WeakMap<DataId, number>;
}

/**
 * Returns the values of a record that has them on the CPU.
 * @throws Error if its array is shorter or longer than when the tensor was made
 */
export function allValues({ values, shape, dtype }: TexData): ArrayLike<number> {
  const { length } = values as ArrayLike<number>;
  const size = util.sizeFromShape(shape);
  if (length === size) return values as ArrayLike<number>;
  throw new Error(
    `the array of a tensor [${shape}] of ${dtype} has ${length} values and not ${size}: ` +
      'it must not be handed to a worker while the tensor lives',
  );
}

/** Returns the width and height, in texels, of the stock texture of a record that has one. */
export function stockTextureSize({ texShape, isPacked }: TexData): [width: number, height: number] {
  const [rows, columns] = texShape as [number, number];
  return isPacked
    ? [Math.max(1, Math.ceil(columns / 2)), Math.max(1, Math.ceil(rows / 2))]
    : [columns, rows];
}

/** Returns the layout of a record's flat data in its stock texture. */
export function stockLayout(data: TexData): StockLayout & { readonly form: StockForm } {
  const [rows, columns] = packedRowsColumns(data.shape);
  return {
    form: data.isPacked ? 'packed' : 'unpacked',
    texWidth: stockTextureSize(data)[0],
    rows,
    columns,
    offset: data.slice?.flatOffset ?? 0,
  };
}

/** Returns the rows and columns of texels in the texture of a tensor that stock decodes. */
export function denseTexels(shape: readonly number[]): [number, number] {
  return util.sizeToSquarishShape(Math.ceil(util.sizeFromShape([...shape]) / 4));
}
