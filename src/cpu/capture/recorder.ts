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
  TypedArray,
} from '@tensorflow/tfjs-core';
import type { Microkernels } from '../../../kernels/cpu/shared/functions.js';
import type { SharedWork } from '../../../kernels/cpu/shared/work.js';
import { noKernel } from '../../engine/engineLog.js';
import type { KernelWatch } from '../../engine/kernelWatch.js';
import { Blocks, type Life } from './blocks.js';
import type { Place, RecordingHost } from './host.js';
import { type Padded, Pads } from './pads.js';

type Params = Parameters<KernelConfig['kernelFunc']>[0];
export type Kernel = Pick<KernelConfig, 'kernelName' | 'kernelFunc'>;

/** Work that threads may share, with the instance of the microkernels that does it here. */
export interface Work {
  readonly micro: Microkernels;
  readonly work: SharedWork;
}

/** Part of a prediction, made by our kernels on the heap, or by a kernel that is called again. */
export interface Step {
  /** Name of the kernel that is called again; null for work on the heap. */
  readonly kernelName: string | null;
  readonly does: Work | (() => void);
  /** True for a step that belongs to a tensor, whichever kernel asked for it. */
  readonly isPlacement: boolean;
}

export class Recorder {
  readonly steps: Step[] = [];
  private readonly pads = new Pads<Step>();
  /** Data that was disposed of, whose records the steps still need. */
  readonly kept = new Set<DataId>();
  readonly hostKernels = new Map<string, number>();
  constants = 0;
  /** Data whose records the steps read or write. */
  private readonly needed = new Set<DataId>();
  private readonly dependent: Set<DataId>;
  readonly blocks: Blocks;
  private readonly movedOut: { dataId: DataId; resident: Place; address: number }[] = [];
  private depth = 0;
  /** Number of steps before those of the kernel that runs. */
  private kernelStart = 0;
  /** True if the kernel that runs reads what depends on inputs. */
  private isKernelDependent = false;
  /** True if the kernel that runs has asked the engine for such values. */
  private hasKernelRead = false;

  constructor(
    private readonly host: RecordingHost,
    private readonly watch: KernelWatch,
    inputs: Iterable<DataId>,
    lives: readonly Life[] | null,
  ) {
    this.dependent = new Set(inputs);
    this.blocks = new Blocks(
      (bytes) => host.allocate(bytes),
      (dataId) => this.moveOut(dataId),
      lives,
    );
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

  /**
   * Allocates a block for a result of the kernel that runs, or for data that is placed in the heap; null
   * for a result.
   */
  allocate(bytes: number, dataId: DataId | null): number {
    const isDependent = dataId === null ? this.isKernelDependent : this.dependent.has(dataId);
    return isDependent ? this.blocks.lend(bytes, dataId) : this.blocks.keep(bytes);
  }

  /**
   * Allocates a block for what is written once and not by a step. A block that was used before would be
   * written to by the steps before.
   */
  allocateKept(bytes: number): number {
    return this.blocks.keep(bytes);
  }

  /** Names the result whose block was allocated last. */
  noteResult(dataId: DataId): void {
    this.blocks.name(dataId);
    this.noteMade(dataId);
  }

  /** Takes the block of a result that is no longer needed. */
  release(dataId: DataId, address: number): void {
    // What is not computed again must not be overwritten.
    if (this.dependent.has(dataId)) this.blocks.takeBack(address);
  }

  /**
   * Leaves data that was not disposed of, with its blocks, to those who have it; returns false for other
   * data.
   */
  leave(dataId: DataId): boolean {
    if (this.kept.has(dataId) || !this.host.data.has(dataId)) return false;
    for (const address of this.host.residents.blocksOf(dataId)) this.blocks.leave(address);
    return true;
  }

  /** Copies values whose block is given to others, because the model may yet read or keep them. */
  private moveOut(dataId: DataId): void {
    const { data, residents } = this.host;
    const resident = residents.get(dataId);
    if (this.kept.has(dataId) || resident === undefined || resident.address === null) return;
    const record = data.get(dataId);
    record.values = (record.values as TypedArray).slice();
    this.movedOut.push({ dataId, resident, address: resident.address });
    resident.address = null;
  }

  /** Moves values of data that was disposed of back to their blocks, where the steps have them. */
  end(): void {
    const { host } = this;
    for (const { dataId, resident, address } of this.movedOut) {
      if (!this.kept.has(dataId)) continue;
      resident.address = address;
      const record = host.data.get(dataId);
      record.values = host.arrayAt(record.dtype, address, resident.length);
    }
  }

  /** Notes work on blocks that was just done. */
  noteStep(does: () => void, reads: readonly TensorInfo[]): void {
    for (const { dataId } of reads) this.needed.add(dataId);
    this.steps.push({ kernelName: null, does, isPlacement: false });
  }

  /** Notes work that was just done, and that threads may share. */
  noteWork(work: Work): void {
    this.steps.push({ kernelName: null, does: work, isPlacement: false });
  }

  /** Notes that values of data were just put into a block, by `does`. */
  notePlacement(dataId: DataId, does: () => void): void {
    if (!this.dependent.has(dataId)) return;
    this.needed.add(dataId);
    this.steps.push({ kernelName: null, does, isPlacement: true });
  }

  /** Notes that the kernel that runs has made a tensor by padding another one. */
  notePadded(dataId: DataId, padded: Padded): void {
    const own = this.steps.slice(this.kernelStart).filter(({ isPlacement }) => !isPlacement);
    if (this.isKernelDependent) this.pads.note(dataId, padded, own);
  }

  /** Returns the tensor that was padded to make this one; null for others. */
  unpadded(dataId: DataId): Padded | null {
    const padded = this.pads.of(dataId);
    return padded !== null && this.blocks.has(padded.x.dataId) ? padded : null;
  }

  /** Notes that the kernel has read the tensor that was padded, instead of this one. */
  noteUnpadded(dataId: DataId): void {
    const padded = this.pads.of(dataId);
    if (padded === null) return;
    this.pads.noteReader(dataId, -1);
    this.blocks.noteUse(padded.x.dataId);
  }

  /**
   * Removes steps whose results nobody reads, and forgets records that no step needs; `outputs` are
   * needed after the last one.
   */
  prune(outputs: readonly DataId[]): void {
    const unread = this.pads.unread(outputs);
    const steps = this.steps.filter((step) => !unread.has(step));
    this.steps.splice(0, this.steps.length, ...steps);
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
    this.kernelStart = first;
    const inputs = new Set(infosOf(params.inputs).map(({ dataId }) => dataId));
    this.isKernelDependent = [...inputs].some((dataId) => this.dependent.has(dataId));
    this.hasKernelRead = false;
    for (const dataId of inputs) this.pads.noteReader(dataId);
    if (!this.blocks.startKernel(inputs)) {
      this.watch.spoil('it computes something else each time');
    }
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
    const does = () => {
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
    this.steps.push({ kernelName, does, isPlacement: false });
  }
}

/** Returns all tensors of a kernel's inputs. */
function infosOf(inputs: NamedTensorInfoMap): TensorInfo[] {
  return Object.values(inputs)
    .flat()
    .filter((info) => info != null);
}
