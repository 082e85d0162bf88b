/**
 * A model whose predictions are recorded and made again. Inputs of a new kind are predicted eagerly
 * twice; the next prediction is also recorded; the recording is used once it has given the bits of
 * two eager predictions.
 */
import { engine, type KernelBackend, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { FlagValues, StateBefore, whyEager } from './conditions.js';
import { distinct, type Flat, flatten } from './containers.js';
import type { BoundInputs, Recorder, Recording } from './engine.js';
import { differenceOf } from './verify.js';

/** Report of a captured model. */
export interface CaptureInfo {
  /** True if the last kind of inputs is predicted by a recording. */
  readonly captured: boolean;
  /** Why not; null if it is. */
  readonly reason: string | null;
  /** Number of draws or jobs of that recording. */
  readonly steps: number;
  /** Number of steps that depend on no input, and are not made again. */
  readonly constants: number;
  /** Stock kernels that are called again on the CPU, by name. */
  readonly hostSteps: Readonly<Record<string, number>>;
  /** Bytes that all recordings hold. */
  readonly bytes: number;
  /** Number of recordings, one for each kind of inputs. */
  readonly recordings: number;
  /** Number of predictions that were made again from a recording, and of eager ones. */
  readonly replays: number;
  readonly eager: number;
  /** Number of recordings that were given up, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Eager predictions before one is recorded: the second learns which results are shared. */
const EAGER_FIRST = 2;

/** Eager predictions whose bits a recording must give before it is used. */
const CHECKS = 2;

/** Most eager predictions before a recording, when others have been dropped soon. */
const MOST_EAGER = 64;

/** Predictions of one kind of inputs. */
interface Entry {
  recording: { readonly made: Recording<BoundInputs>; readonly flags: FlagValues } | null;
  /** Puts the outputs of the model into its container. */
  rebuild: Flat['rebuild'] | null;
  /** Predictions that were the same. */
  checks: number;
  isChecking: boolean;
  /** Eager predictions still to make before the next one is recorded. */
  wait: number;
  drops: number;
  /** Why nothing is recorded; null if something was, or may be yet. */
  refusal: string | null;
}

export class CapturedModel {
  private readonly entries = new Map<string, Entry>();
  private readonly dropped: Record<string, number> = {};
  private replays = 0;
  private eager = 0;
  private isDisposed = false;
  private last: Entry | null = null;
  private lastReason: string | null = 'nothing was predicted yet';
  /** Why no prediction of the model is recorded, whatever its inputs; null if some may be. */
  private refusal: string | null = null;
  /** Ends when the recording that is being checked has been. */
  checking: Promise<void> = Promise.resolve();

  /** @param mostKinds number of kinds of inputs that are kept; those used last are */
  constructor(
    private readonly backend: KernelBackend,
    private readonly recorder: Recorder,
    private readonly call: (inputs: unknown) => unknown,
    private readonly mostKinds: number,
  ) {}

  predict(inputs: unknown): unknown {
    if (this.isDisposed) throw new Error('predict: this captured model was disposed of');
    const given = flatten('predict: inputs', inputs);
    const reason = this.refusal ?? whyEager(this.backend, this.recorder, given.tensors);
    if (reason !== null) return this.predictEagerly(inputs, reason);
    const bound = this.recorder.bind(given.tensors);
    if (typeof bound === 'string') return this.predictEagerly(inputs, bound);
    const entry = this.entryOf(`${given.kind} ${bound.key}`);
    this.last = entry;
    try {
      const made = this.usable(entry);
      if (made !== null && entry.checks >= CHECKS) {
        const outputs = this.replay(entry, made, bound);
        if (outputs !== null) return outputs;
      }
    } finally {
      bound.release();
    }
    if (entry.refusal !== null) return this.predictEagerly(inputs, entry.refusal);
    return this.predictAndLearn(entry, given, inputs, bound.key);
  }

  get info(): CaptureInfo {
    const { last, entries, replays, eager } = this;
    const made = last === null ? null : this.usable(last);
    const captured = made !== null && (last as Entry).checks >= CHECKS;
    const all = [...entries.values()].flatMap(({ recording }) => recording?.made ?? []);
    return {
      captured,
      reason: captured ? null : (last?.refusal ?? this.lastReason),
      steps: made?.steps ?? 0,
      constants: made?.constants ?? 0,
      hostSteps: made?.hostSteps ?? {},
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      recordings: all.length,
      replays,
      eager,
      dropped: { ...this.dropped },
    };
  }

  dispose(): void {
    this.isDisposed = true;
    for (const { recording } of this.entries.values()) recording?.made.drop('it was disposed of');
    this.entries.clear();
    this.last = null;
    this.lastReason = 'it was disposed of';
  }

  private predictEagerly(inputs: unknown, reason: string): unknown {
    this.eager++;
    this.lastReason = reason;
    return this.call(inputs);
  }

  /** Predicts eagerly, and goes on with the recording of this kind of inputs. */
  private predictAndLearn(entry: Entry, given: Flat, inputs: unknown, key: string): unknown {
    const { fallbacks } = this.recorder;
    const before = new StateBefore(given.tensors);
    const outputs = this.predictEagerly(inputs, 'its recording is being made');
    if (entry.isChecking) return outputs;
    if (outputs instanceof Promise) {
      this.refusal = 'the model is asynchronous';
      return outputs;
    }
    const { tensors } = distinct(flatten('the result of the model', outputs));
    this.refusal = before.changedBy(tensors);
    if (this.refusal !== null) return outputs;
    // No recording has the bits of such a prediction.
    if (this.recorder.fallbacks > fallbacks) return outputs;
    const made = this.usable(entry);
    if (made === null && entry.wait-- > 0) return outputs;
    // The model may have moved its inputs, or freed memory that they were in.
    const bound = this.recorder.bind(given.tensors);
    if (typeof bound === 'string') return outputs;
    try {
      if (bound.key !== key) entry.wait = 0;
      else if (made !== null) this.check(entry, made, bound, tensors);
      else this.record(entry, bound, given.rebuild, tensors);
    } finally {
      bound.release();
    }
    return outputs;
  }

  /** Returns the entry of a kind of inputs, as the one that was used last. */
  private entryOf(key: string): Entry {
    const { entries } = this;
    const entry = entries.get(key) ?? {
      recording: null,
      rebuild: null,
      checks: 0,
      isChecking: false,
      wait: EAGER_FIRST,
      drops: 0,
      refusal: null,
    };
    entries.delete(key);
    entries.set(key, entry);
    const [oldest] = entries.keys();
    if (entries.size > this.mostKinds) {
      this.drop(entries.get(oldest) as Entry, 'inputs of other kinds were predicted since');
      entries.delete(oldest);
    }
    return entry;
  }

  /** Returns the recording of an entry if it can be made again; otherwise makes way for another. */
  private usable(entry: Entry): Recording<BoundInputs> | null {
    if (entry.recording === null) return null;
    const { made, flags } = entry.recording;
    const flag = flags.changed();
    const reason = flag === null ? made.whyNot() : `the flag ${flag} was set`;
    if (reason === null) return made;
    this.drop(entry, reason);
    return null;
  }

  private drop(entry: Entry, reason: string): void {
    if (entry.recording === null) return;
    entry.recording.made.drop(reason);
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    entry.recording = null;
    this.startAnew(entry, reason);
  }

  private startAnew(entry: Entry, reason: string): void {
    entry.checks = 0;
    entry.wait = Math.min(MOST_EAGER, EAGER_FIRST * 2 ** entry.drops++);
    this.lastReason = reason;
  }

  /** Makes a prediction again; returns null if that fails, so that it must be made eagerly. */
  private replay(entry: Entry, made: Recording<BoundInputs>, bound: BoundInputs): unknown {
    let infos: TensorInfo[];
    try {
      infos = made.replay(bound);
    } catch (error) {
      this.drop(entry, (error as Error).message);
      return null;
    }
    this.replays++;
    entry.drops = 0;
    const outputs = infos.map((info) => engine().makeTensorFromTensorInfo(info, this.backend));
    return (entry.rebuild as Flat['rebuild'])(outputs as Tensor[]);
  }

  private record(
    entry: Entry,
    bound: BoundInputs,
    rebuild: Flat['rebuild'],
    outputs: readonly Tensor[],
  ): void {
    const predict = (tensors: readonly Tensor[]) => {
      const flat = distinct(flatten('the result of the model', this.call(rebuild(tensors))));
      entry.rebuild = flat.rebuild;
      return flat.tensors;
    };
    const made = this.recorder.record(predict, bound);
    if ('isFinal' in made) {
      const { reason, isFinal } = made;
      if (isFinal) entry.refusal = reason;
      this.startAnew(entry, reason);
      return;
    }
    entry.recording = { made, flags: new FlagValues() };
    this.check(entry, made, bound, outputs);
  }

  /** Makes the prediction again, and compares it with an eager one as soon as both can be read. */
  private check(
    entry: Entry,
    made: Recording<BoundInputs>,
    bound: BoundInputs,
    outputs: readonly Tensor[],
  ): void {
    const { backend } = this;
    let infos: TensorInfo[];
    try {
      infos = made.replay(bound);
    } catch (error) {
      this.drop(entry, (error as Error).message);
      return;
    }
    entry.isChecking = true;
    const end = (difference: string | null, isFinal: boolean) => {
      entry.isChecking = false;
      if (entry.recording?.made !== made) return;
      if (difference === null) {
        entry.checks++;
        return;
      }
      this.drop(entry, difference);
      if (isFinal) entry.refusal = difference;
    };
    this.checking = differenceOf(backend, outputs, infos).then(
      (difference) => end(difference, true),
      (error: Error) => end(error.message, false),
    );
  }
}
