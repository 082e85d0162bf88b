/** Graph in the making: ONNX nodes on the tensors of a .tflite net, of which those of rank 4 are NCHW here. */
import type { TfliteNet } from '../tflite/tflite.js';
import type { OnnxAttributes, OnnxModel, OnnxNode, OnnxTensor } from './schema.js';

export const toNchw = [0, 3, 1, 2];
export const toNhwc = [0, 2, 3, 1];

/** Returns a list's items in another order: item i is that of place order[i]. */
export const permuted = <T>(items: readonly T[], order: readonly number[]): T[] =>
  order.map((place) => items[place]);

export class OnnxGraph {
  private readonly nodes: OnnxNode[] = [];
  private readonly initializers: OnnxTensor[] = [];
  /** Names of the net's tensors as far as they are computed. */
  private readonly names = new Map<number, string>();
  private count = 0;

  constructor(private readonly net: TfliteNet) {
    for (const [i, tensor] of net.inputs.entries()) this.defineNhwc(tensor, `input${i}`);
  }

  /** Returns the shape of a tensor as the file has it. */
  shape(tensor: number): readonly number[] {
    return this.net.tensors[tensor].shape;
  }

  /** Returns the values of a constant as the file has them; null for a tensor that is computed. */
  values(tensor: number): Float32Array | Int32Array | null {
    return this.net.tensors[tensor].values;
  }

  /** Adds a node and returns the name of its output. */
  node(opType: string, input: readonly string[], attributes: OnnxAttributes = {}): string {
    const output = this.fresh();
    this.nodes.push({ opType, input, output: [output], attributes });
    return output;
  }

  /** Returns the name of a computed tensor, in NCHW. */
  name(tensor: number): string {
    const name = this.names.get(tensor);
    if (name === undefined) throw new Error(`onnx: tensor ${tensor} is read before it is computed`);
    return name;
  }

  /** Returns the name of a computed tensor with its values in the order of the file. */
  nhwc(tensor: number): string {
    const name = this.name(tensor);
    const isImage = this.shape(tensor).length === 4;
    return isImage ? this.node('Transpose', [name], { perm: toNhwc }) : name;
  }

  /** Says which output, in NCHW, a tensor is. */
  define(tensor: number, name: string): void {
    this.names.set(tensor, name);
  }

  /** Says which output, with its values in the order of the file, a tensor is. */
  defineNhwc(tensor: number, name: string): void {
    const isImage = this.shape(tensor).length === 4;
    this.define(tensor, isImage ? this.node('Transpose', [name], { perm: toNchw }) : name);
  }

  floats(values: Float32Array, dims: readonly number[]): string {
    return this.initializer(values, dims);
  }

  integers(values: readonly number[]): string {
    return this.initializer(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** Writes a constant with its axes in another order. */
  weights(tensor: number, order: readonly number[], shape = this.shape(tensor)): string {
    const values = this.values(tensor) as Float32Array;
    return this.floats(transposed(values, shape, order), permuted(shape, order));
  }

  /** Returns the model with the net's inputs `input0`, ... and outputs `output0`, ... in the order of the file. */
  model(): OnnxModel {
    const { net } = this;
    for (const [i, tensor] of net.outputs.entries()) {
      const node = { input: [this.nhwc(tensor)], output: [`output${i}`], attributes: {} };
      this.nodes.push({ opType: 'Identity', ...node });
    }
    const valuesOf = (kind: string, tensors: readonly number[]) =>
      tensors.map((tensor, i) => ({ name: kind + i, dims: this.shape(tensor) }));
    return {
      nodes: this.nodes,
      initializers: this.initializers,
      inputs: valuesOf('input', net.inputs),
      outputs: valuesOf('output', net.outputs),
    };
  }

  private initializer(values: OnnxTensor['values'], dims: readonly number[]): string {
    const name = this.fresh();
    this.initializers.push({ name, dims, values });
    return name;
  }

  private fresh(): string {
    return `x${this.count++}`;
  }
}

/** Returns values with their axes in another order. */
function transposed(
  values: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const sizes = permuted(shape, order);
  const strides = permuted(steps, order);
  const result = new Float32Array(values.length);
  let next = 0;
  const walk = (axis: number, at: number): void => {
    if (axis === sizes.length) {
      result[next++] = values[at];
      return;
    }
    for (let i = 0; i < sizes[axis]; i++) walk(axis + 1, at + i * strides[axis]);
  };
  walk(0, 0);
  return result;
}
