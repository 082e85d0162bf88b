/** What the fuzz asks of an engine of ours beside its answers: what computed them. */
import * as tf from '@tensorflow/tfjs-core';
import { variants } from '../../kernels/webgl/variants.js';
import {
  forceVariant,
  type LadderStep,
  TiledWebGLBackend,
  tiledInfo,
  VariantRefusal,
  variantNames,
} from '../../src/base.js';
import type { ConvCase } from '../../src/validator/index.js';
import { useBackend } from '../../src/validator/runCase.js';
import type { stockOf } from './stock.js';

type EngineName = keyof typeof stockOf;

/** A way to compute that can be forced. */
export interface ForcedVariant {
  readonly name: string;
  readonly kernels: readonly ConvCase['kernel'][];
  /** It takes filters of 3x3 with strides of 1 alone, from 32 input channels on. */
  readonly isWide3x3: boolean;
  /** It takes depthwise filters with more than one output channel for each of the input. */
  readonly multiplies: boolean;
}

export interface EngineRecord {
  /** How often each variant computed a convolution. */
  readonly runs: Readonly<Record<string, number>>;
  readonly steps: readonly LadderStep[];
}

export interface Engine {
  /** The same on every device, as the seed's cases are drawn from them. */
  readonly variants: readonly ForcedVariant[];
  /** Names of those that work on this device for some convolution. */
  readonly possible: readonly string[];
  /** Null gives the choice back. */
  force(name: string | null): void;
  /** Whether an error says that the forced variant does not take the convolution. */
  isRefusal(error: unknown): boolean;
  /** All since the engine started. */
  record(): EngineRecord;
}

/** The variants of an engine of ours, with what they compute. */
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
    // A transposed convolution is left to stock where there is no WebAssembly.
    const kernels = isPlain ? convolutions : ([...convolutions, 'conv2dTranspose'] as const);
    return { name, kernels, isWide3x3: false, multiplies: isPlain };
  });
}

/** Starts an engine of ours, and makes it the current backend. */
export async function startEngine(backend: EngineName): Promise<Engine> {
  await useBackend(backend);
  const force = (name: string | null) => forceVariant(name, backend);
  const isRefusal = (error: unknown) => error instanceof VariantRefusal;
  return {
    variants: variantsOf(backend),
    possible: possibleOf(backend, force, isRefusal),
    force,
    isRefusal,
    record() {
      const { variants: byKernel, ladder: steps } = tiledInfo(backend);
      return { runs: total(Object.values(byKernel)), steps };
    },
  };
}

/** Each name with its sum. */
export function total(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, n] of counts.flatMap((some) => Object.entries(some))) {
    sums[name] = (sums[name] ?? 0) + n;
  }
  return sums;
}

/** Variants whose tiles the device can draw, or builds that it compiles. */
function possibleOf(
  backend: EngineName,
  force: Engine['force'],
  isRefusal: Engine['isRefusal'],
): string[] {
  const running = tf.findBackend(backend);
  if (running instanceof TiledWebGLBackend) {
    const { maxTargets } = running.runner.limits;
    return variants
      .filter(({ tile: { w, h, c } }) => w * h * c <= maxTargets)
      .map(({ name }) => name);
  }
  return variantNames(backend).filter((name) => {
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
