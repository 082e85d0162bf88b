/** The reports that a run leaves behind as files. */
import { version } from '../../package.json';
import { countResults, type ValidationReport, writeJson } from '../../src/validator/index.js';
import { validatorReport } from '../reporting/validatorHtml.js';

import { junitXml } from './junit.js';
import type { FileKind, Request } from './request.js';
import type { Session } from './session.js';

/** The seed of a run whose cases all have their own is told as this one. */
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

/** Writes every report that is asked for. */
export function writeFiles({ files }: Request, report: ValidationReport): void {
  for (const [kind, write] of Object.entries(files)) write(textOf[kind as FileKind](report));
}
