import type { RunRef } from '../../functions/core/domain/run.ts';
import type { Open, Seal } from '../../functions/core/platform/envelope.ts';
import type { Platform } from '../../functions/core/platform/platform.ts';
import type { Db } from '../../functions/core/store/db.ts';
import type { TenantFiles } from './tenant-files.ts';

/** The resources of a stage that whole-tenant operations use, with the permissions of an operator. */
export interface AdminContext {
  /** The stage, or the data folder of the local system; used in messages. */
  readonly stageLabel: string;
  /** The person who runs the operation; recorded with a deletion. */
  readonly actor: string;
  readonly db: Db;
  /** Sends the message of a run to the workers. */
  readonly sendRun: (run: RunRef) => Promise<void>;
  readonly files: TenantFiles;
  /** Encrypts and decrypts secrets. */
  readonly envelopes: { readonly seal: Seal; readonly open: Open };
  /** Deletes schedules by name; missing ones are ignored. */
  readonly removeSchedules: (names: readonly string[]) => Promise<void>;
  /** Limits of tenants without limits of their own. */
  readonly defaultLimits: Platform['defaultLimits'];
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Reports progress to the user. */
  readonly reportProgress: (text: string) => void;
}
