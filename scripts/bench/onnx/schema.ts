/** Encoder of ONNX models: the part of ONNX's protobuf schema (onnx/onnx.proto) that the benchmark writes. */
import protobuf from 'protobufjs';

/** Version of the file format, and of the operators: HardSwish is one since opset 14. */
const IR_VERSION = 8;
const OPSET = 17;

/** Element types, TensorProto.DataType. */
export const elementTypes = { float32: 1, int64: 7 } as const;

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** Attributes are whole numbers, lists of them, and words. */
export type OnnxAttributes = Readonly<Record<string, number | readonly number[] | string>>;

export interface OnnxNode {
  readonly opType: string;
  /** Names; empty for an optional input that is not given. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attributes: OnnxAttributes;
}

/** A float32 input or output of the graph. */
export interface OnnxValue {
  readonly name: string;
  readonly dims: readonly number[];
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const one = (id: number, type: string) => ({ id, type });
const many = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const schema = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: one(1, 'int64'),
        producerName: one(2, 'string'),
        graph: one(7, 'Graph'),
        opsetImport: many(8, 'OperatorSet'),
      },
    },
    OperatorSet: { fields: { domain: one(1, 'string'), version: one(2, 'int64') } },
    Graph: {
      fields: {
        node: many(1, 'Node'),
        name: one(2, 'string'),
        initializer: many(5, 'Tensor'),
        input: many(11, 'ValueInfo'),
        output: many(12, 'ValueInfo'),
      },
    },
    Node: {
      fields: {
        input: many(1, 'string'),
        output: many(2, 'string'),
        name: one(3, 'string'),
        opType: one(4, 'string'),
        attribute: many(5, 'Attribute'),
      },
    },
    Attribute: {
      fields: {
        name: one(1, 'string'),
        i: one(3, 'int64'),
        s: one(4, 'bytes'),
        ints: many(8, 'int64'),
        type: one(20, 'int32'),
      },
    },
    Tensor: {
      fields: {
        dims: many(1, 'int64'),
        dataType: one(2, 'int32'),
        name: one(8, 'string'),
        rawData: one(9, 'bytes'),
      },
    },
    ValueInfo: { fields: { name: one(1, 'string'), type: one(2, 'Type') } },
    Type: { fields: { tensorType: one(1, 'TensorType') } },
    TensorType: { fields: { elemType: one(1, 'int32'), shape: one(2, 'Shape') } },
    Shape: { fields: { dim: many(1, 'Dimension') } },
    Dimension: { fields: { dimValue: one(1, 'int64') } },
  },
});

/** Returns the bytes of an .onnx file. */
export function encodeOnnx({ nodes, initializers, inputs, outputs }: OnnxModel): Uint8Array {
  const type = schema.lookupType('Model');
  const model = {
    irVersion: IR_VERSION,
    producerName: 'tfjs-backend-tiled benchmark',
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'net',
      node: nodes.map(({ attributes, ...node }, i) => ({
        ...node,
        name: `${node.opType}-${i}`,
        attribute: Object.entries(attributes).map(attributeOf),
      })),
      initializer: initializers.map(tensorOf),
      input: inputs.map(infoOf),
      output: outputs.map(infoOf),
    },
  };
  return type.encode(type.fromObject(model)).finish();
}

/** Writes an attribute with its number in AttributeProto.AttributeType. */
function attributeOf([name, value]: [string, OnnxAttributes[string]]) {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: 3 };
  return { name, ints: value, type: 7 };
}

/** Writes a constant in the byte order of this machine, which is that of the format on all that run Chromium. */
function tensorOf({ name, dims, values }: OnnxTensor) {
  const dataType = values instanceof Float32Array ? elementTypes.float32 : elementTypes.int64;
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims, dataType, rawData };
}

function infoOf({ name, dims }: OnnxValue) {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: elementTypes.float32, shape } } };
}
