/**
 * What we read of MathBackendWebGL beyond its public types, as tfjs 4.4 to 4.22 have it.
 * Nothing else in this project may assume more about the stock backend.
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
  /** Rows and columns of the texture in values, not texels. */
  texShape: [number, number] | null | undefined;
  isPacked?: boolean;
  /** What the texture is for; null to draw into it. */
  usage?: unknown;
  /** Set where the tensor is a shallow slice of another one's texture. */
  slice?: { readonly flatOffset: number } | null;
  /** The parts of a complex tensor, which has no values or texture of its own. */
  complexTensorInfos?: unknown;
}

/** A stock texture. */
export interface StockTexture {
  readonly texture: WebGLTexture;
}

/** Fields of the stock texture manager, and its methods. */
export interface StockTextures {
  /** By shape and kind; null once it is disposed of. */
  readonly freeTextures: Record<string, StockTexture[]> | null;
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

/** What is private of the stock context object. */
export interface StockContext {
  /** That of all programs, once one of them was made. */
  readonly vertexShader: WebGLShader | null | undefined;
  /** What reads that do not block wait for. */
  createFence(gl: WebGLRenderingContext): { query: unknown; isFencePassed(): boolean };
}

/** A compiled program of stock's. */
interface StockBinary {
  readonly webGLProgram: NonNullable<GPGPUContext['program']>;
}

/** Fields and methods that are private to TypeScript only. */
export interface StockInternals {
  readonly disposed: boolean;
  readonly gpgpu: GPGPUContext;
  readonly textureManager: StockTextures;
  numBytesInGPU: number;
  /** Rows and columns in values. */
  acquireTexture(
    shape: [number, number],
    usage: unknown,
    dtype: DataType,
    isPacked: boolean,
  ): StockTexture;
  /** Gives up the texture. */
  releaseGPUData(dataId: DataId): void;
  convertAndCacheOnCPU(dataId: DataId, values: Float32Array): Float32Array;
  /** Data that is being read asynchronously. */
  readonly pendingRead: Pick<Map<DataId, unknown>, 'has' | 'delete'>;
  /** Of that, data that has been disposed of, and how much of it. */
  readonly pendingDisposal: Pick<Set<DataId>, 'delete'>;
  pendingDeletes: number;
  /** Compiled programs by key. */
  binaryCache: Record<string, StockBinary>;
  /** The program under a key, compiled the first time. */
  getAndSaveBinary(key: string, compile: () => StockBinary): StockBinary;
  /** Asks in every frame whether the program is ready. */
  checkCompletionAsync_(binary: StockBinary): Promise<boolean>;
  /** The timers of time() that are running. */
  activeTimers?: { name: string; query: Promise<number> }[];
  programTimersStack?: unknown;
  startTimer(): unknown;
  endTimer(query: unknown): unknown;
  getQueryTime(query: unknown): Promise<number>;
  /**
   * A new tensor whose packed texture has 4 consecutive values of the given one a texel, and so
   * many rows and columns of texels where they are given.
   */
  decode(dataId: DataId, texels?: [number, number]): TensorInfo;
}

/** What it has of its context, and counts of that. */
export interface StockContextParts {
  gpgpu: GPGPUContext;
  textureManager: unknown;
  canvas: unknown;
  binaryCache: StockInternals['binaryCache'];
  numBytesInGPU: number;
  /** How many slices share a texture. */
  dataRefCount: WeakMap<DataId, number>;
}

/**
 * The values of a record that has them on the CPU.
 * @throws Error where its array is shorter or longer than when the tensor was made
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

/** Width and height, in texels, of the stock texture of a record that has one. */
export function stockTextureSize({ texShape, isPacked }: TexData): [width: number, height: number] {
  const [rows, columns] = texShape as [number, number];
  return isPacked
    ? [Math.max(1, Math.ceil(columns / 2)), Math.max(1, Math.ceil(rows / 2))]
    : [columns, rows];
}

/** How the flat data of a record lies in its stock texture. */
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

/** Rows and columns of texels that stock gives a tensor that it decodes. */
export function denseTexels(shape: readonly number[]): [number, number] {
  return util.sizeToSquarishShape(Math.ceil(util.sizeFromShape([...shape]) / 4));
}
