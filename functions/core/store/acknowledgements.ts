import type { Acknowledgement, RunRef } from '../domain/run.ts';
import type { Db } from './db.ts';
import { absent, all, equals, exists } from './expression.ts';
import { activeKey } from './keys.ts';
import { acknowledgementFields } from './run-item.ts';
import { type RunUpdate, updateRun } from './runs.ts';

const failed = equals('state', 'failed');

/** Acknowledges a failed run, unless it is acknowledged already. */
export async function acknowledgeRun(db: Db, ref: RunRef, acknowledged: Acknowledgement): Promise<RunUpdate> {
  const set = { ...acknowledgementFields(acknowledged), activeKey: activeKey(ref.tenant, 'acknowledged') };
  return updateRun(db, ref, set, all(failed, absent('acknowledgedAt')));
}

/** Reverts an acknowledgement: the run counts as failed again. */
export async function unacknowledgeRun(db: Db, ref: RunRef): Promise<RunUpdate> {
  const set = { ...acknowledgementFields(null), activeKey: activeKey(ref.tenant, 'failed') };
  return updateRun(db, ref, set, all(failed, exists('acknowledgedAt')));
}
