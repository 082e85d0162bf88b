/** Report files that a run writes. */
import { version } from '../../../package.json';
import { countResults, type ValidationReport, writeJson } from '../../../src/validator/index.js';
import type { FileKind, Request } from '../command/request.js';
import type { Session } from '../command/session.js';
import { validatorReport } from './html.js';
import { junitXml } from './junit.js';

/** Seed to report for a run that sets none, in which every case has its own seed. */
const usualSeed = 1;

export function reportOf({ job, grid, seed }: Request, session: Session): ValidationReport {
  const { backend, reference } = job;
  const { host, results } = session;
  return {
    device: { userAgent: host.userAgent, renderer: host.renderer, backend, reference },
    versions: { tfjs: host.tfjs, package: version },
    seed: seed ?? usualSeed,
    grid,
    counts: countResults(results),
    cases: results,
  };
}

const textOf: Record<FileKind, (report: ValidationReport) => string> = {
  json: (report) => `${writeJson(report, 1)}\n`,
  junit: ({ device, cases }) => junitXml(device.backend, cases),
  html: validatorReport,
};

/** Writes every requested report. */
export function writeFiles({ files }: Request, report: ValidationReport): void {
  for (const [kind, write] of Object.entries(files)) write(textOf[kind as FileKind](report));
}
