/**
 * Graph models with control flow, cut into three parts: what control flow needs and does, then the part
 * that can be recorded, then what depends on values, such as non-max suppression. tfjs runs the first
 * and the last by executeAsync(), and takes and returns values on the way by the names of their nodes.
 */
import { dispose, type NamedTensorMap, Tensor, type TypedArray } from '@tensorflow/tfjs-core';
import { HeldValues } from './heldValues.js';

/** A node of a graph, as far as it is needed here. */
interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly Node[];
  readonly children: readonly Node[];
  /** Names of its inputs, in their order, with an index where it is not the first output: `split:1`. */
  readonly inputNames: readonly string[];
  /** Name of an input or output of the model in its signature. */
  readonly signatureKey?: string;
  readonly attrParams?: Readonly<Record<string, { readonly value?: unknown } | undefined>>;
}

/** A GraphModel. Its graph is private in tfjs, so that a model without one runs eagerly. */
interface GraphModelLike {
  execute(inputs: NamedTensorMap, outputs: string[]): Tensor | Tensor[];
  executeAsync(inputs: unknown, outputs?: string[]): Promise<Tensor | Tensor[]>;
  /** Names of the inputs, in the order in which an array of inputs has them. */
  readonly inputNodes: readonly string[];
  readonly executor: {
    readonly graph: {
      readonly nodes: Readonly<Record<string, Node>>;
      readonly inputs: readonly Node[];
      readonly outputs: readonly Node[];
    };
  };
}

/** Parts of a graph, by the names of the values that go from one to the next. */
interface Cut {
  /** Names of the model's inputs that the recorded part reads. */
  readonly inputs: readonly string[];
  /** Names of values that the recorded part and the last part take from the first. */
  readonly first: readonly string[];
  /** Names of values that the recorded part gives. */
  readonly middle: readonly string[];
}

/** Operators whose results have shapes, or are chosen, by values; and those with state. */
const byValue =
  /^(NonMaxSuppression|Where$|ListDiff$|Unique|Sparse|Ragged|Multinomial$|Random|TruncatedNormal$|HashTable|LookupTable|Stateless|While$|If$)/;

/** Operators of control flow and of lists of tensors, which only executeAsync() runs. */
const ofControl =
  /^(Switch|Merge|Enter|Exit|NextIteration|LoopCond|TensorArray|TensorList|EmptyTensorList)/;

/** Operators whose results are bools, whatever they read. */
const ofBools = /^(Is(Nan|Inf|Finite)|(Not)?Equal|(Greater|Less)(Equal)?)$/;

/** Operators whose results are floats, whatever they read. */
const ofFloats = /^Resize(Bilinear|NearestNeighbor)$/;

/** True if tfjs takes the value of a node by name: it expects a value of the type that the node reads. */
function canBeGiven({ op, attrParams }: Node): boolean {
  const expected = attrParams?.dtype?.value;
  if (expected == null) return true;
  if (ofBools.test(op)) return expected === 'bool';
  return !ofFloats.test(op) || expected === 'float32';
}

function isGraphModel(model: unknown): model is GraphModelLike {
  const { executor, executeAsync, inputNodes } = (model ?? {}) as Partial<GraphModelLike>;
  const { nodes, inputs, outputs } = executor?.graph ?? {};
  const hasGraph = nodes !== undefined && Array.isArray(inputs) && Array.isArray(outputs);
  return typeof executeAsync === 'function' && Array.isArray(inputNodes) && hasGraph;
}

/** Returns the cut of a graph; null if it needs none, or cannot be cut. */
function cutOf(model: GraphModelLike): Cut | null {
  const { nodes, inputs, outputs } = model.executor.graph;
  const all = Object.values(nodes);
  if (!all.some(({ op }) => ofControl.test(op) || byValue.test(op))) return null;
  const last = closure(
    all.filter(({ op }) => byValue.test(op)),
    ({ children }) => children,
  );
  const first = closure(
    all.filter((node) => ofControl.test(node.op) && !last.has(node)),
    ({ inputs }) => inputs,
  );
  // Readers of a value that tfjs does not give by name belong to the first part as well.
  for (const node of first) {
    if (isTensor(node)) continue;
    const readers = node.children.filter((child) => !last.has(child));
    for (const reader of closure(readers, ({ inputs }) => inputs)) first.add(reader);
  }
  if ([...first].some((node) => last.has(node))) return null;
  const needed = closure(outputs, (node) => node.inputs);
  const names = { inputs: new Set<string>(), first: new Set<string>(), middle: new Set<string>() };
  /** Gives a value to a later part, or, if tfjs does not take it, those that it is computed from. */
  const give = (node: Node, name: string, isRecorded: boolean) => {
    if (node.op === 'Const') return;
    if (inputs.includes(node)) {
      if (isRecorded) names.inputs.add(node.signatureKey ?? node.name);
    } else if (!canBeGiven(node)) {
      for (const [i, input] of node.inputs.entries()) give(input, node.inputNames[i], isRecorded);
    } else if (first.has(node)) names.first.add(name);
    else names.middle.add(name);
  };
  for (const node of needed) {
    if (first.has(node)) continue;
    const isLast = last.has(node);
    for (const [i, input] of node.inputs.entries()) {
      const isFromBefore = inputs.includes(input) || first.has(input);
      if (isFromBefore || (isLast && !last.has(input))) give(input, node.inputNames[i], !isLast);
    }
  }
  for (const node of outputs) {
    if (!first.has(node) && !last.has(node)) give(node, node.name, false);
  }
  const { first: fromFirst, middle } = names;
  const cut = { inputs: [...names.inputs], first: [...fromFirst], middle: [...middle] };
  return cut.middle.length > 0 && isGood(model, cut) ? cut : null;
}

/** True for a node whose result is a tensor, which tfjs can take and give by name. */
function isTensor({ op }: Node): boolean {
  return !ofControl.test(op) || op === 'TensorListStack' || op === 'TensorArrayGatherV3';
}

/** True if tfjs can take and give the values of a cut: tensors, one of each node. */
function isGood(model: GraphModelLike, { first, middle }: Cut): boolean {
  const names = [...first, ...middle];
  const nodes = names.map((name) => nodeOf(model, name));
  return nodes.every(isTensor) && new Set(nodes).size === names.length;
}

function nodeOf({ executor }: GraphModelLike, name: string): Node {
  return executor.graph.nodes[name.split(':')[0]];
}

/** Returns these nodes, and all that are reached from them. */
function closure(nodes: readonly Node[], next: (node: Node) => readonly Node[]): Set<Node> {
  const reached = new Set(nodes);
  for (const node of reached) {
    for (const other of next(node)) if (other.op !== 'Const') reached.add(other);
  }
  return reached;
}

/**
 * Returns a graph model in parts; null for any other model, and for one that cannot be or need not be cut.
 * @param valuesOnCPU returns the values of a tensor; null if a read would be needed
 */
export function cutGraphOf(
  model: unknown,
  valuesOnCPU: (x: Tensor) => TypedArray | null,
): CutGraph | null {
  if (!isGraphModel(model)) return null;
  const cut = cutOf(model);
  return cut === null ? null : new CutGraph(model, cut, new HeldValues(valuesOnCPU));
}

/** Returns the names of the middle part's results that depend on more than the values by these names. */
function resultsOf(
  model: GraphModelLike,
  { inputs, first, middle }: Cut,
  held: string[],
): string[] {
  const changing = [...inputs, ...first].filter((name) => !held.includes(name));
  const { inputs: given } = model.executor.graph;
  const keyOf = (node: Node) => node.signatureKey ?? node.name;
  const nodes = changing.map(
    (name) => given.find((node) => keyOf(node) === name) ?? nodeOf(model, name),
  );
  const reached = closure(nodes, ({ children }) => children);
  return middle.filter((name) => reached.has(nodeOf(model, name)));
}

/** A graph model whose middle part is predicted by `predict`, eagerly or from a recording. */
export class CutGraph {
  constructor(
    private readonly model: GraphModelLike,
    private readonly cut: Cut,
    private readonly held: HeldValues,
  ) {
    this.results = cut.middle;
  }

  /** Values that the middle part reads and that seldom change, by name. */
  private given: NamedTensorMap = {};
  /** Names of the values that the middle part gives; the last part computes the others itself. */
  private results: readonly string[];
  /** Names of the values that were held last, and true if the middle part is given them. */
  private heldNames = '';
  private isWorth = false;

  /** Computes the part that can be recorded; the inputs are values by name. */
  readonly middle = (inputs: NamedTensorMap): NamedTensorMap => {
    const { model, results } = this;
    return byName(results, model.execute({ ...inputs, ...this.given }, [...results]));
  };

  dispose(): void {
    this.held.dispose();
  }

  /** Predicts as executeAsync() does, with `middle` for the part that can be recorded. */
  async predict(
    inputs: unknown,
    middle: (inputs: NamedTensorMap) => NamedTensorMap,
  ): Promise<unknown> {
    const { model, cut } = this;
    const given = this.named(inputs);
    const read = Object.fromEntries(cut.inputs.map((name) => [name, given[name]]));
    const first =
      cut.first.length === 0
        ? {}
        : byName(cut.first, await model.executeAsync({ ...given }, [...cut.first]));
    const values: NamedTensorMap = { ...first };
    let results: Tensor | Tensor[] = [];
    try {
      this.hold(first);
      const changing = Object.entries({ ...read, ...first }).filter(
        ([name]) => !(name in this.given),
      );
      Object.assign(values, middle(Object.fromEntries(changing)));
      results = await model.executeAsync({ ...given, ...values });
      return results;
    } finally {
      const kept = new Set([
        ...Object.values(given),
        ...(Array.isArray(results) ? results : [results]),
      ]);
      dispose(Object.values(values).filter((tensor) => !kept.has(tensor)));
    }
  }

  /** Gives the middle part values that seldom change, unless nothing else changes its results. */
  private hold(first: NamedTensorMap): void {
    const { model, cut, held } = this;
    const given = held.of(first);
    const names = Object.keys(given);
    if (names.join() !== this.heldNames) {
      this.heldNames = names.join();
      const results = resultsOf(model, cut, names);
      this.isWorth = results.length > 0;
      this.results = this.isWorth ? results : cut.middle;
    }
    this.given = this.isWorth ? given : {};
  }

  /** Returns the inputs by name, however they were given. */
  private named(inputs: unknown): NamedTensorMap {
    if (inputs instanceof Tensor) return { [this.model.inputNodes[0]]: inputs };
    if (Array.isArray(inputs)) return byName(this.model.inputNodes, inputs);
    return { ...(inputs as NamedTensorMap) };
  }
}

function byName(names: readonly string[], tensors: Tensor | Tensor[]): NamedTensorMap {
  const list = Array.isArray(tensors) ? tensors : [tensors];
  return Object.fromEntries(names.map((name, i) => [name, list[i]]));
}
