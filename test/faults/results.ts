/** Result of the faults page. */
import type { Device } from '../../scripts/report/page.js';
import type { FaultResult } from '../../scripts/webgl/faultProgram.js';

export interface FaultsPageResult {
  device: Device;
  /** Number of calls of this kind that the program makes. */
  calls: number;
  results: FaultResult[];
}
