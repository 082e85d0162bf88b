/** A step of training that leaves no trace: weights and optimizer are as they were before. */
import {
  keep,
  type NamedTensorMap,
  type Optimizer,
  randomUniform,
  Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';

type Shape = readonly (number | null)[];

/** Parts of a compiled LayersModel of tfjs-layers, which this package does not import. */
interface Trainable {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly optimizer: Optimizer;
  /** A loss for all outputs, one for each, or one by name. */
  readonly loss: Loss | readonly Loss[] | Readonly<Record<string, Loss>>;
  readonly weights: readonly { read(): Tensor }[];
  computeOutputShape(shape: Shape | readonly Shape[]): Shape | readonly Shape[];
  /** Returns a function that makes a step, from inputs and targets, and returns loss and metrics. */
  makeTrainFunction(): (data: readonly Tensor[]) => Tensor[];
}

type Loss = string | ((...given: readonly Tensor[]) => Tensor);

/** A call that may change its model, and a function that takes the change back. */
export interface Rehearsal {
  call(): unknown;
  /** Takes the last call back. The model's own tensors return, so no value is copied. */
  undo(): void;
}

/** The loss whose targets are class numbers, [..., 1], and not of the shape of the outputs. */
const SPARSE = 'sparseCategoricalCrossentropy';

/**
 * Makes steps on inputs and random targets, by the model's loss and a new optimizer with the settings of
 * the model's own one.
 * @param inputs a tensor, a list of tensors in the order of the model's inputs, or tensors by name
 * @throws Error if the model is not a LayersModel that was compiled, or lacks an input
 */
export function rehearsalOf(model: unknown, inputs: unknown): Rehearsal {
  const trainable = trainableOf(model);
  const x = inputsOf(trainable, inputs);
  let undo = () => {};
  return {
    call() {
      const restoreOptimizer = replaceUpdates(trainable.optimizer);
      const before = trainable.weights.map((weight) => {
        const variable = weight.read() as Variable;
        return { variable, value: keep(variable.clone()) };
      });
      let results: Tensor[] = [];
      undo = () => {
        restoreOptimizer();
        for (const { variable, value } of before) {
          variable.assign(value);
          value.dispose();
        }
        for (const result of results) result.dispose();
        undo = () => {};
      };
      const targets = targetsOf(trainable, x);
      try {
        results = trainable.makeTrainFunction()([...x, ...targets]);
      } finally {
        for (const target of targets) target.dispose();
      }
      return results;
    },
    undo: () => undo(),
  };
}

function trainableOf(model: unknown): Trainable {
  // A Sequential keeps the model that it compiles inside.
  const outer = (model ?? {}) as Partial<Trainable> & { model?: Partial<Trainable> | null };
  const own = outer.model ?? outer;
  if (typeof own.makeTrainFunction !== 'function') {
    const got = model === null ? 'null' : (model as object)?.constructor?.name || typeof model;
    throw new Error(`warmUp: model must be a LayersModel to be trained; got ${got}`);
  }
  if (own.optimizer == null) {
    throw new Error(
      'warmUp: model must be compiled before it is trained; ' +
        'call model.compile({ optimizer, loss }) before warmUp',
    );
  }
  return own as Trainable;
}

function inputsOf({ inputNames }: Trainable, inputs: unknown): Tensor[] {
  const byName = inputs as Readonly<NamedTensorMap>;
  const isList = inputs instanceof Tensor || Array.isArray(inputs);
  const all: unknown[] = isList ? [inputs].flat() : inputNames.map((name) => byName?.[name]);
  if (all.length !== inputNames.length || !all.every((one) => one instanceof Tensor)) {
    throw new Error(
      `warmUp: inputs must be a tensor for each input of the model: ${inputNames.join(', ')}; ` +
        `got ${all.map((one) => (one instanceof Tensor ? `[${one.shape}]` : String(one))).join(', ')}`,
    );
  }
  return all;
}

/** Makes targets in [0, 1), or class 0 for a loss that takes class numbers. */
function targetsOf(model: Trainable, x: readonly Tensor[]): Tensor[] {
  const { outputNames } = model;
  const shapes = x.map(({ shape }) => shape);
  const found = model.computeOutputShape(shapes.length === 1 ? shapes[0] : shapes);
  const outputs = (Array.isArray(found[0]) ? found : [found]) as readonly number[][];
  return outputs.map((shape, i) => {
    const isSparse = nameOf(lossOf(model, outputNames[i], i)) === SPARSE;
    return randomUniform(isSparse ? [...shape.slice(0, -1), 1] : shape);
  });
}

function lossOf({ loss }: Trainable, output: string, i: number): Loss | undefined {
  if (typeof loss === 'string' || typeof loss === 'function') return loss;
  return (loss as readonly Loss[])[i] ?? (loss as Readonly<Record<string, Loss>>)[output];
}

const nameOf = (loss: Loss | undefined) => (typeof loss === 'function' ? loss.name : loss);

interface OptimizerClass {
  fromConfig?(type: OptimizerClass, settings: object): Optimizer;
}

/**
 * Lets a new optimizer of the same kind apply the gradients that an optimizer computes; it makes and keeps
 * its own state. Returns a function that ends this.
 * @throws Error for an optimizer that cannot be made from settings
 */
function replaceUpdates(optimizer: Optimizer): () => void {
  const type = optimizer.constructor as OptimizerClass;
  if (typeof type.fromConfig !== 'function' || typeof optimizer.getConfig !== 'function') {
    throw new Error(
      'warmUp: the optimizer of the model must have getConfig(), and its class fromConfig(), ' +
        `so that warmUp can use another one of its kind; got ${optimizer.constructor.name}`,
    );
  }
  const other = type.fromConfig(type, optimizer.getConfig());
  const own = Object.getOwnPropertyDescriptor(optimizer, 'applyGradients');
  optimizer.applyGradients = (gradients) => other.applyGradients(gradients);
  return () => {
    Reflect.deleteProperty(optimizer, 'applyGradients');
    if (own !== undefined) Object.defineProperty(optimizer, 'applyGradients', own);
    other.dispose();
    // The momentum optimizer of tfjs does not dispose of its rate.
    (other as { c?: Tensor }).c?.dispose();
  };
}
