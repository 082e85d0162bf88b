/** Programs of one context by spec, and the programs that did not compile. */

import { ContextLostError, NeedsFallback } from '../../../kernels/errors.js';
import {
  type ProgramSpec,
  programKey,
  programText,
  type Rows,
} from '../../../kernels/webgl/programs/index.js';
import type { ProgramSource } from '../../../kernels/webgl/programs/source.js';
import type { Device } from '../device/device.js';
import type { Program } from '../device/program.js';

export class Programs {
  /** Programs by spec object, for plans, whose spec is the same object in every call. */
  private readonly programOf = {
    whole: new WeakMap<ProgramSpec, Program>(),
    long: new WeakMap<ProgramSpec, Program>(),
  };
  /** Reasons why programs failed to compile, by program key, so that none is tried twice. */
  private readonly refused = new Map<string, string>();
  private readonly refusedSpecs = new WeakSet<ProgramSpec>();

  constructor(private readonly device: Device) {}

  isRefused(spec: ProgramSpec): boolean {
    return this.refusedSpecs.has(spec);
  }

  /** Begins to compile the program of a spec. */
  prepare(spec: ProgramSpec, rows: Rows): void {
    this.device.programs.prepare(keyOf(spec, rows), () => this.text(spec, rows));
  }

  private text(spec: ProgramSpec, rows: Rows): ProgramSource {
    return programText(spec, this.device.storage, this.device.precision, rows);
  }

  /** @throws NeedsFallback if the program does not compile or fit */
  get(spec: ProgramSpec, rows: Rows): Program {
    const known = this.programOf[rows].get(spec);
    if (known !== undefined) return known;
    const key = keyOf(spec, rows);
    const refusal = this.refused.get(key);
    if (refusal !== undefined) throw new NeedsFallback(refusal);
    try {
      const program = this.device.programs.get(key, () => this.text(spec, rows));
      this.programOf[rows].set(spec, program);
      return program;
    } catch (error) {
      if (this.device.isLost)
        throw new ContextLostError('a program was being compiled; predict again', { cause: error });
      const reason = error instanceof Error ? error.message : String(error);
      this.refused.set(key, reason);
      this.refusedSpecs.add(spec);
      throw new NeedsFallback(reason);
    }
  }
}

function keyOf(spec: ProgramSpec, rows: Rows): string {
  return rows === 'long' ? `${programKey(spec)}, long rows` : programKey(spec);
}
