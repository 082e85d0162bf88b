/** Runs of whole programs of kernels/webgl in Node, as a device would draw them. */
import { longRows } from '../../../kernels/webgl/programs/longRows.js';
import {
  type Frame,
  type ProgramSource,
  programSource,
} from '../../../kernels/webgl/programs/source.js';
import type { UniformValue } from '../../../kernels/webgl/runner.js';
import { textureSide } from '../../../src/webgl/device/planeSets.js';
import { type Global, isSampler, Shader } from './glsl.js';
import { DISCARDED } from './glslFunctions.js';
import { numeric, type Value } from './glslValues.js';

/** RGBA values, row by row. If there are several layers, `height` is the height of one layer. */
export interface Texture {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export type Uniforms = Readonly<Record<string, UniformValue>>;

/** Result of a fetch outside a texture; nothing that a program keeps may depend on it. */
const OUTSIDE = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];

/** Returns the index that a fetch outside a texture gets. */
function clamped(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}

const shaders = new Map<string, Shader>();

/** Returns the shader of a text, which is parsed once. */
export function shaderOf(text: string): Shader {
  let shader = shaders.get(text);
  if (shader === undefined) {
    shader = new Shader(text);
    shaders.set(text, shader);
  }
  return shader;
}

/** Makes a shader of the functions of some chunks, in the frame that every program has. */
export function chunkShader({
  isLong = false,
  ...frame
}: Pick<Frame, 'samplers' | 'layouts' | 'chunks'> & { readonly isLong?: boolean }): Shader {
  const source = programSource({ ...frame, targets: 0, body: '' });
  return new Shader((isLong ? longRows(source) : source).fragment);
}

/** Sets uniforms to these values, under names such as `xLayout.grid`; ignores other values. */
export function setUniforms(shader: Shader, values: Uniforms): void {
  const set = (name: string, type: string): UniformValue => {
    // A device too has a value here only for layouts whose rows are in parts.
    const value = values[name] ?? (name.endsWith('Layout.parts') ? [0, 0, 0, 0] : undefined);
    const { base, size } = numeric(type)!;
    const list = typeof value === 'number' ? [value] : value;
    const fits = list?.length === size && (base === 'float' || list.every(Number.isInteger));
    if (!fits) throw new Error(`uniform ${type} ${name} is given ${value}`);
    return size === 1 ? list[0] : list;
  };
  for (const [name, global] of shader.globals) {
    if (global.storage !== 'uniform' || isSampler(global.type) || name === WEIGHTS) continue;
    const fields = shader.structs.get(global.type);
    global.value =
      fields === undefined
        ? set(name, global.type)
        : Object.fromEntries([...fields].map(([f, type]) => [f, set(`${name}.${f}`, type)]));
  }
}

/** The array of weights of a program that reads them from a uniform block. */
const WEIGHTS = 'weightTurns';

/** Weights in a uniform block: what each texel of the target sees, texel by texel of four numbers. */
export type WeightsOf = (x: number, y: number) => readonly (readonly number[])[];

/** Returns the array that a program has in its uniform block: turns of as many texels as it reads. */
function turnsOf(shader: Shader, texels: readonly (readonly number[])[]): Value {
  const type = shader.globals.get(WEIGHTS)?.type.replace(/\[\d+\]$/, '') ?? '';
  const perTurn = Number(/\[(\d+)\]$/.exec(shader.structs.get(type)?.get('texels') ?? '')?.[1]);
  const turns = Array.from({ length: Math.ceil(texels.length / perTurn) }, (_, i) => ({
    texels: texels.slice(i * perTurn, (i + 1) * perTurn),
  }));
  return turns;
}

/**
 * Draws `width` x `height` texels into each target. Where the program discards, a target keeps its
 * texel from `before`, or NaN.
 * @throws Error if a uniform of the program is missing or does not fit its type, a target is not
 * written, or the program does what GLSL leaves undefined
 */
export function runProgram(
  { fragment, samplers, targets }: ProgramSource,
  textures: readonly Texture[],
  uniforms: Uniforms,
  { width, height }: { width: number; height: number },
  before?: readonly Texture[],
  weights?: WeightsOf,
): Texture[] {
  if (textures.length !== samplers.length) {
    throw new Error(
      `${samplers} are ${samplers.length}, but ${textures.length} textures are given`,
    );
  }
  const shader = shaderOf(fragment);
  const bound = new Map(samplers.map((name, unit) => [name, textures[unit]]));
  shader.fetch = (sampler, x, y, layer = 0) => {
    const texture = bound.get(sampler)!;
    if (x < 0 || y < 0 || x >= texture.width || y >= texture.height) return OUTSIDE;
    const at = 4 * ((layer * texture.height + y) * texture.width + x);
    const { data } = texture;
    return [data[at], data[at + 1], data[at + 2], data[at + 3]];
  };
  shader.sample = (sampler, u, v, layer = 0) => {
    const { width: columns, height: rows, data } = bound.get(sampler)!;
    const x = Math.floor(u * textureSide(columns));
    const y = Math.floor(v * textureSide(rows));
    const layers = data.length / (4 * columns * rows);
    if (layer < layers) return shader.fetch(sampler, x, y, layer);
    // Past the last layer, a program gets it on purpose: it has the same texel everywhere.
    return shader.fetch(sampler, clamped(x, columns), clamped(y, rows), layers - 1);
  };
  setUniforms(shader, uniforms);
  const coordinate = shader.globals.get('gl_FragCoord')!;
  const names = Array.from({ length: targets }, (_, i) => `target${i}`);
  const results = names.map(
    (_, i) => before?.[i].data.slice() ?? new Float32Array(4 * width * height).fill(Number.NaN),
  );
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      coordinate.value = [x + 0.5, y + 0.5, 0.5, 1];
      if (weights !== undefined) {
        (shader.globals.get(WEIGHTS) as Global).value = turnsOf(shader, weights(x, y));
      }
      for (const name of names) shader.globals.get(name)!.value = undefined;
      if (shader.run('main') === DISCARDED) continue;
      for (const [plane, name] of names.entries()) {
        const { value } = shader.globals.get(name)!;
        if (value === undefined) throw new Error(`${name} is not written`);
        results[plane].set(value as readonly number[], 4 * (y * width + x));
      }
    }
  }
  return results.map((data) => ({ width, height, data }));
}
