/** Access to our engines for the fuzz: forces variants and records what computed the answers. */
import * as tf from '@tensorflow/tfjs-core';
import { variants } from '../../kernels/webgl/variants.js';
import {
  type Captured,
  capture,
  forceVariant,
  type LadderStep,
  TiledWebGLBackend,
  tiledInfo,
  trim,
  VariantRefusal,
  variantNames,
} from '../../src/base.js';
import type { ConvCase } from '../../src/validator/index.js';
import { useBackend } from '../../src/validator/runCase.js';
import { type Mishap, mishapNames } from './fuzzCase.js';
import type { stockOf } from './stock.js';

type EngineName = keyof typeof stockOf;

/** A variant that can be forced. */
export interface ForcedVariant {
  readonly name: string;
  readonly kernels: readonly ConvCase['kernel'][];
  /** True if it accepts only 3x3 filters with strides of 1 and 32 or more input channels. */
  readonly isWide3x3: boolean;
  /** True if it accepts depthwise filters with several output channels per input channel. */
  readonly multiplies: boolean;
}

export interface EngineRecord {
  /** Number of convolutions by variant. */
  readonly runs: Readonly<Record<string, number>>;
  readonly steps: readonly LadderStep[];
}

/** Function of a tensor that is captured. */
export type Predict = (x: tf.Tensor) => tf.Tensor[];

/** Captured predictions of an engine, and what may happen between them. */
export interface Capturing {
  /** The same events on every device, because the seed's cases are drawn from them. */
  readonly mishaps: readonly Mishap['what'][];
  capture(predict: Predict, x: tf.Tensor): Promise<Captured<tf.Tensor, tf.Tensor[]>>;
  trim(): void;
  lose(): void;
}

export interface Engine {
  /** Variants to force: the same on every device, because the seed's cases are drawn from them. */
  readonly variants: readonly ForcedVariant[];
  /** Names of the variants that can compute some convolution on this device. */
  readonly possible: readonly string[];
  /** Forces a variant; null lets the engine choose again. */
  force(name: string | null): void;
  /** True if an error says that the forced variant refuses the convolution. */
  isRefusal(error: unknown): boolean;
  /** Returns all runs and fallbacks since the engine started. */
  record(): EngineRecord;
  /** Absent if the backend has no captured predictions. */
  readonly capturing?: Capturing;
}

/** Returns the variants of our engine for a backend, with the convolutions that they compute. */
export function variantsOf(backend: EngineName): ForcedVariant[] {
  if (backend === 'tiled-webgl') {
    return variants.map(({ name, kernel, method }) => ({
      name,
      kernels: [kernel],
      isWide3x3: method === 'winograd',
      multiplies: kernel === 'depthwiseConv2d' && method === 'general',
    }));
  }
  const convolutions = ['conv2d', 'depthwiseConv2d'] as const;
  return variantNames(backend).map((name) => {
    const isPlain = name === 'plain';
    // Without WebAssembly, a transposed convolution is left to stock.
    const kernels = isPlain ? convolutions : ([...convolutions, 'conv2dTranspose'] as const);
    return { name, kernels, isWide3x3: false, multiplies: isPlain };
  });
}

/**
 * Starts our engine for a backend, and makes it the current backend.
 * @param name of the backend, if it is registered under another one
 */
export async function startEngine(backend: EngineName, name: string = backend): Promise<Engine> {
  await useBackend(name);
  const force = (variant: string | null) => forceVariant(variant, name);
  const isRefusal = (error: unknown) => error instanceof VariantRefusal;
  return {
    variants: variantsOf(backend),
    possible: possibleOf(name, force, isRefusal),
    force,
    isRefusal,
    record() {
      const { variants: byKernel, ladder: steps } = tiledInfo(name);
      return { runs: total(Object.values(byKernel)), steps };
    },
    capturing: {
      mishaps: mishapNames.filter((what) => what !== 'lose' || backend === 'tiled-webgl'),
      capture: (predict, x) => capture(predict, x, { backend: name }),
      trim: () => trim(name),
      lose: () => loseContextOf(name),
    },
  };
}

function loseContextOf(backend: string): void {
  const { gl } = (tf.findBackend(backend) as TiledWebGLBackend).gpgpu;
  const extension = gl.getExtension('WEBGL_lose_context');
  if (extension === null) throw new Error('this browser cannot lose a context on purpose');
  extension.loseContext();
}

/** Returns the sum of the counts for each name. */
export function total(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, n] of counts.flatMap((some) => Object.entries(some))) {
    sums[name] = (sums[name] ?? 0) + n;
  }
  return sums;
}

/** Returns the variants whose tiles the device can draw, or whose builds it can compile. */
function possibleOf(
  backend: string,
  force: Engine['force'],
  isRefusal: Engine['isRefusal'],
): string[] {
  const running = tf.findBackend(backend);
  if (running instanceof TiledWebGLBackend) {
    const { maxTargets, precision } = running.runner.limits;
    return variants
      .filter(({ tile: { w, h, c } }) => w * h * c <= maxTargets)
      .filter(({ method }) => precision === 'float32' || method !== 'winograd')
      .map(({ name }) => name);
  }
  return variantNames('tiled-cpu').filter((name) => {
    force(name);
    try {
      tf.tidy(() => tf.conv2d(tf.ones([1, 1, 1, 1]) as tf.Tensor4D, tf.ones([1, 1, 1, 1]), 1, 0));
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    } finally {
      force(null);
    }
  });
}
