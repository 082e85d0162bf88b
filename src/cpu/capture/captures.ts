/** Recording of predictions of the CPU engine. */
import { type DataId, engine, type KernelBackend, type Tensor } from '@tensorflow/tfjs-core';
import { KernelWatch, watchingRandom } from '../../engine/kernelWatch.js';
import { Recordings } from '../../engine/recordings.js';
import type { RecordingHost } from './host.js';
import { Recorder } from './recorder.js';
import { type BoundInputs, Recording } from './recording.js';

export class Captures extends Recordings {
  /** True while tf.time() measures kernels. */
  isTimed = false;
  private watch: KernelWatch | null = null;

  constructor(private readonly host: RecordingHost & { recorder: Recorder | null }) {
    super();
  }

  bind(tensors: readonly Tensor[]): BoundInputs {
    const key = tensors.map(({ shape, dtype }) => `${dtype} [${shape}]`).join('; ');
    return { key, tensors, release: () => {} };
  }

  /** Notes that values are about to be read. */
  noteRead(dataId: DataId): void {
    const { recorder } = this.host;
    if (recorder?.isDependent(dataId)) this.watch?.spoil('it reads values while it predicts');
  }

  /** Records a prediction, or returns why it cannot be made again. */
  record(
    predict: (inputs: readonly Tensor[]) => readonly Tensor[],
    { tensors }: BoundInputs,
  ): Recording | string {
    const { host } = this;
    const bad = tensors.find(({ dtype }) => dtype === 'complex64' || dtype === 'string');
    if (bad !== undefined) return `an input is a tensor of ${bad.dtype}`;
    const standIns = tensors.map((x) => this.standInFor(x));
    const inputs = standIns.map(({ dataId }) => dataId);
    const watch = new KernelWatch(new Set(inputs));
    const recorder = new Recorder(host, watch, inputs);
    let results: Pick<Recording['recorded'], 'outputs' | 'tensors'> | null = null;
    let returned: readonly Tensor[] = [];
    this.watch = watch;
    host.recorder = recorder;
    try {
      returned = watchingRandom(watch, () => predict(standIns));
      results = this.describe(returned, watch);
    } catch (error) {
      watch.spoil((error as Error).message);
    } finally {
      for (const tensor of returned) tensor.dispose();
      for (const standIn of standIns) this.end(standIn);
      host.recorder = null;
      this.watch = null;
    }
    const { external } = watch;
    if (![...external].every((dataId) => host.data.has(dataId))) {
      watch.spoil('it disposes of a tensor that it does not make');
    }
    const parts = results ?? { outputs: [], tensors: [] };
    recorder.prune([...parts.outputs, ...inputs]);
    const recording = new Recording(host, { recorder, inputs, external, ...parts });
    if (watch.reason === null) return recording;
    recording.drop(watch.reason);
    return watch.reason;
  }

  private standInFor(x: Tensor): Tensor {
    const { host } = this;
    const info = host.makeTensorInfo(x.shape, x.dtype, host.valuesOf(x.dataId) as Float32Array);
    // The model may dispose of its input.
    host.incRef(info.dataId);
    return engine().makeTensorFromTensorInfo(info, host as unknown as KernelBackend);
  }

  private end(standIn: Tensor): void {
    const { host } = this;
    if (!standIn.isDisposed) standIn.dispose();
    if (host.disposeData(standIn.dataId)) {
      engine().removeDataId(standIn.dataId, host as unknown as KernelBackend);
    }
  }

  private describe(returned: readonly Tensor[], watch: KernelWatch) {
    for (const { dataId, dtype } of returned) {
      if (!watch.hasMade(dataId)) throw new Error('it returns a tensor that it does not compute');
      if (dtype === 'string' || dtype === 'complex64') {
        throw new Error(`it returns a tensor of ${dtype}`);
      }
    }
    const outputs = [...new Set(returned.map(({ dataId }) => dataId))];
    const tensors = returned.map(({ dataId, shape, dtype }) => ({
      output: outputs.indexOf(dataId),
      shape,
      dtype,
    }));
    return { outputs, tensors };
  }
}
