/**
 * Recorder of a prediction on the CPU: the steps that our kernels make on blocks of the heap, and the
 * kernels of stock's, which are called again. The blocks come from the recorder while it runs, and stay
 * with the recording. What depends on no input is computed once.
 */
import type {
  DataId,
  KernelConfig,
  NamedTensorInfoMap,
  Tensor,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import { noKernel } from '../../engine/engineLog.js';
import type { KernelWatch } from '../../engine/kernelWatch.js';
import type { RecordingHost } from './host.js';
import type { ElementwiseWork } from './parts.js';

type Params = Parameters<KernelConfig['kernelFunc']>[0];
export type Kernel = Pick<KernelConfig, 'kernelName' | 'kernelFunc'>;

/** Part of a prediction, made by our kernels on the heap, or by a kernel that is called again. */
export interface Step {
  /** Name of the kernel that is called again; null for work on the heap. */
  readonly kernelName: string | null;
  run(): void;
  /** True for a step that belongs to a tensor, whichever kernel asked for it. */
  readonly isPlacement: boolean;
  /** Work that may be done part by part; null for other steps. */
  readonly elementwise: ElementwiseWork | null;
}

interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** Largest free block that is used for a request, in parts of the request. */
const MOST_SPARE = 2;

export class Recorder {
  readonly steps: Step[] = [];
  /** Data that was disposed of, whose records the steps still need. */
  readonly kept = new Set<DataId>();
  readonly hostKernels = new Map<string, number>();
  constants = 0;
  /** Data whose records the steps read or write. */
  private readonly needed = new Set<DataId>();
  private readonly dependent: Set<DataId>;
  private readonly owned = new Map<number, Block>();
  private readonly free: Block[] = [];
  private depth = 0;
  /** True if the kernel that runs reads what depends on inputs. */
  private isKernelDependent = false;
  /** True if the kernel that runs has asked the engine for such values. */
  private hasKernelRead = false;

  constructor(
    private readonly host: RecordingHost,
    private readonly watch: KernelWatch,
    inputs: Iterable<DataId>,
  ) {
    this.dependent = new Set(inputs);
  }

  /** True if the recorded kernels made this data, or it is an input. */
  owns(dataId: DataId): boolean {
    return this.watch.hasMade(dataId) || this.dependent.has(dataId);
  }

  noteMade(dataId: DataId): void {
    this.watch.noteMade(dataId);
  }

  isDependent(dataId: DataId): boolean {
    return this.dependent.has(dataId);
  }

  /** Addresses of all blocks that belong to the recording. */
  get blocks(): number[] {
    return [...this.owned.keys()];
  }

  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.owned.values()) sum += bytes;
    return sum;
  }

  /**
   * Allocates a block for a result of the kernel that runs, or for data that is placed in the heap; null
   * for a result.
   */
  allocate(bytes: number, dataId: DataId | null): number {
    const isDependent = dataId === null ? this.isKernelDependent : this.dependent.has(dataId);
    return isDependent ? this.reuse(bytes) : this.allocateKept(bytes);
  }

  /**
   * Allocates a block for what is written once and not by a step. A block that was used before would be
   * written to by the steps before.
   */
  allocateKept(bytes: number): number {
    const address = this.host.allocate(bytes);
    this.owned.set(address, { address, bytes });
    return address;
  }

  private reuse(bytes: number): number {
    const { free } = this;
    let best = -1;
    for (const [i, block] of free.entries()) {
      const fits = block.bytes >= bytes && block.bytes <= MOST_SPARE * bytes;
      if (fits && (best < 0 || block.bytes < free[best].bytes)) best = i;
    }
    return best >= 0 ? free.splice(best, 1)[0].address : this.allocateKept(bytes);
  }

  /** Takes the block of a result that is no longer needed. */
  release(dataId: DataId, address: number): void {
    const block = this.owned.get(address);
    // What is not computed again must not be overwritten.
    if (block !== undefined && this.dependent.has(dataId)) this.free.push(block);
  }

  /**
   * Leaves data that was not disposed of, with its blocks, to those who have it; returns false for other
   * data.
   */
  leave(dataId: DataId): boolean {
    if (this.kept.has(dataId) || !this.host.data.has(dataId)) return false;
    for (const address of this.host.residents.blocksOf(dataId)) this.owned.delete(address);
    return true;
  }

  /** Notes work on blocks that was just done. */
  noteStep(run: () => void, reads: readonly TensorInfo[]): void {
    for (const { dataId } of reads) this.needed.add(dataId);
    this.steps.push({ kernelName: null, run, isPlacement: false, elementwise: null });
  }

  /** Notes element-wise work that was just done. */
  noteElementwise(work: ElementwiseWork): void {
    const run = () => work.run(0, work.length);
    this.steps.push({ kernelName: null, run, isPlacement: false, elementwise: work });
  }

  /** Notes that values of data were just put into a block, by `run`. */
  notePlacement(dataId: DataId, run: () => void): void {
    if (!this.dependent.has(dataId)) return;
    this.needed.add(dataId);
    this.steps.push({ kernelName: null, run, isPlacement: true, elementwise: null });
  }

  /** Forgets records that no step needs; `outputs` are needed after the last one. */
  prune(outputs: readonly DataId[]): void {
    for (const dataId of this.kept) {
      if (this.needed.has(dataId) || outputs.includes(dataId)) continue;
      this.kept.delete(dataId);
      this.host.forget(dataId);
    }
  }

  /** Notes that values go into something that is not made again. */
  noteConstant(dataId: DataId, what: string): void {
    if (this.dependent.has(dataId)) this.watch.spoil(`${what} depends on the inputs`);
  }

  /** Notes a read of values that depend on the inputs; a kernel that is called again reads again. */
  noteRead(): void {
    if (this.depth > 0) this.hasKernelRead = true;
    else this.watch.noteRead(noKernel);
  }

  /** Calls a kernel and notes what it does. */
  run({ kernelName, kernelFunc }: Kernel, params: Params): TensorInfo | TensorInfo[] {
    if (this.depth > 0) return kernelFunc(params);
    this.watch.noteKernel(kernelName, params.inputs);
    const first = this.steps.length;
    const inputs = new Set(infosOf(params.inputs).map(({ dataId }) => dataId));
    this.isKernelDependent = [...inputs].some((dataId) => this.dependent.has(dataId));
    this.hasKernelRead = false;
    this.depth++;
    let result: TensorInfo | TensorInfo[];
    try {
      result = kernelFunc(params);
    } finally {
      this.depth--;
    }
    const outputs = Array.isArray(result) ? result : [result];
    const isNew = outputs.some(({ dataId }) => !inputs.has(dataId));
    if (!this.isKernelDependent) {
      this.keepPlacements(first);
      if (isNew) this.constants++;
      return result;
    }
    if (!isNew) return result;
    const isOnHeap = outputs.every(({ dataId }) => this.host.residents.isOnHeap(dataId));
    for (const { dataId } of outputs) this.dependent.add(dataId);
    if (isOnHeap) {
      if (this.hasKernelRead) this.watch.noteRead(kernelName);
      return result;
    }
    this.keepPlacements(first);
    this.noteHostKernel(kernelName, kernelFunc, params, outputs);
    return result;
  }

  /** Removes the steps since `first`, except those that belong to tensors and not to the kernel. */
  private keepPlacements(first: number): void {
    const placements = this.steps.slice(first).filter(({ isPlacement }) => isPlacement);
    this.steps.splice(first, this.steps.length, ...placements);
  }

  private noteHostKernel(
    kernelName: string,
    kernelFunc: KernelConfig['kernelFunc'],
    params: Params,
    outputs: readonly TensorInfo[],
  ): void {
    const { host } = this;
    if (outputs.some(({ dtype }) => dtype === 'complex64' || dtype === 'string')) {
      this.watch.spoil(`${kernelName} gives a tensor of ${outputs[0].dtype}`);
    }
    this.hostKernels.set(kernelName, (this.hostKernels.get(kernelName) ?? 0) + 1);
    for (const { dataId } of [...infosOf(params.inputs), ...outputs]) this.needed.add(dataId);
    const shapes = outputs.map(({ shape }) => shape.join());
    const run = () => {
      const result = kernelFunc(params);
      const again = Array.isArray(result) ? result : [result];
      for (const [i, { dataId }] of again.entries()) {
        host.data.get(outputs[i].dataId).values = host.data.get(dataId).values;
      }
      for (const info of again) {
        const { dataId } = info;
        // Some kernels of stock's, such as Abs, return a tensor that the engine knows.
        if ('dispose' in info) (info as Tensor).dispose();
        else host.disposeData(dataId);
      }
      for (const [i, { shape }] of again.entries()) {
        if (shape.join() === shapes[i]) continue;
        throw new Error(`${kernelName} gave [${shapes[i]}], and now gives [${shape}]`);
      }
    };
    this.steps.push({ kernelName, run, isPlacement: false, elementwise: null });
  }
}

/** Returns all tensors of a kernel's inputs. */
function infosOf(inputs: NamedTensorInfoMap): TensorInfo[] {
  return Object.values(inputs)
    .flat()
    .filter((info) => info != null);
}
