import type { Platform } from '../../functions/core/platform/platform.ts';
import type { Db } from '../../functions/core/store/db.ts';
import type { TenantFiles } from './tenant-files.ts';
import type { TenantParameters } from './tenant-parameters.ts';

/** What works on whole tenants reaches: a stage's tables, bucket, parameters and schedules, as its operator does. */
export interface AdminContext {
  /** Whose they are, for messages: the stage, or the folder of the local system. */
  readonly stageLabel: string;
  /** Who asks, for the record. */
  readonly actor: string;
  readonly db: Db;
  readonly files: TenantFiles;
  readonly parameters: TenantParameters;
  /** Makes these schedules not be. */
  readonly removeSchedules: (names: readonly string[]) => Promise<void>;
  /** Days that ended runs are kept unless the tenant's limits say otherwise. */
  readonly defaultLimits: Platform['defaultLimits'];
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Tells what is being done. */
  readonly reportProgress: (text: string) => void;
}
