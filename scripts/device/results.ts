/** Result of the device page: plain data that its owner sends. Fields may be added but not renamed. */
import type { CaseResult, ValidationReport } from '../../src/validator/index.js';
import type { Amount, PartName } from './parts.js';

export interface JobResult {
  readonly id: string;
  readonly part: PartName;
  /** `skipped`: left out, for the reason in `error`. */
  readonly state: 'done' | 'failed' | 'skipped';
  readonly seconds: number;
  /** True if the page was in the background meanwhile, so that times may be too long. */
  readonly wasHidden: boolean;
  /** Reason for a job that is not done. */
  readonly error?: string;
  /** Errors of earlier tries. */
  readonly earlier?: readonly string[];
  readonly result?: unknown;
  /** Result of a job that is not done, as far as it came. */
  readonly partial?: unknown;
}

export interface DeviceReport {
  readonly kind: 'tfjs-backend-tiled device report';
  readonly format: 1;
  readonly version: string;
  readonly amount: Amount;
  /** Time of the start, ISO 8601. */
  readonly startedAt: string;
  /** Time of the end; null while it runs or if it was interrupted. */
  readonly finishedAt: string | null;
  readonly jobs: readonly JobResult[];
}

/** Result of the job `device`. */
export interface DeviceDescription {
  readonly renderer: string;
  readonly userAgent: string;
  /** Facts about the machine that the browser tells, by name. */
  readonly machine: Readonly<Record<string, unknown>>;
  readonly limits: Readonly<Record<string, number | null>>;
  /** Number of textures that one draw can write, by format; 0 if it cannot draw into any. */
  readonly targets: Readonly<Record<string, number>>;
  /** Bits of the mantissa of floats in fragment programs, by precision. */
  readonly shaderBits: Readonly<Record<string, number>>;
  readonly hasTimerQueries: boolean;
  readonly extensions: readonly string[];
  /** Smallest step of the clock, in milliseconds. */
  readonly clockMs: number;
  /** Answer of tiledInfo() after a first convolution; the error if the backend does not start. */
  readonly tiledInfo: Readonly<Record<string, unknown>> | { readonly error: string };
  readonly versions: Readonly<Record<string, string>>;
}

/** Result of the job `check`: counts, and the cases that are wrong, without the others. */
export interface CheckResult extends Pick<ValidationReport, 'counts' | 'grid' | 'seed'> {
  readonly cases: number;
  readonly wrong: readonly Pick<CaseResult, 'id' | 'verdict' | 'message'>[];
}

const KIND = 'tfjs-backend-tiled device report';

export function newReport(version: string, amount: Amount, now: Date): DeviceReport {
  const startedAt = now.toISOString();
  return { kind: KIND, format: 1, version, amount, startedAt, finishedAt: null, jobs: [] };
}

/** Returns the report with the result of a job after those before it. */
export function withJob(report: DeviceReport, result: JobResult): DeviceReport {
  const others = report.jobs.filter(({ id }) => id !== result.id);
  return { ...report, jobs: [...others, result] };
}

/** True if a value that was read from somewhere is a report of this format. */
export function isReport(value: unknown): value is DeviceReport {
  const { kind, format, jobs } = (value ?? {}) as Partial<DeviceReport>;
  return kind === KIND && format === 1 && Array.isArray(jobs);
}

/** Significant digits of the numbers in the text: more than any measurement has. */
const DIGITS = 5;

/** Returns the report as JSON in one line. */
export function reportText(report: DeviceReport): string {
  return JSON.stringify(report, (_, value: unknown) => {
    if (typeof value !== 'number' || Number.isInteger(value)) return value;
    return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : String(value);
  });
}

/** Returns the name of the report's file, which tells the day and the renderer. */
export function fileName({ startedAt, jobs }: DeviceReport): string {
  const device = jobs.find(({ id }) => id === 'device')?.result as DeviceDescription | undefined;
  const words = (device?.renderer ?? 'unknown device').match(/[a-z0-9]+/gi) ?? [];
  const name = words.join('-').slice(0, 60).toLowerCase();
  return `tiled-${startedAt.slice(0, 10)}-${name}.json`;
}
