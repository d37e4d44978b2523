import type { Acknowledgement, RunRef } from '../domain/run.ts';
import type { Db } from './db.ts';
import { absent, all, equals, exists } from './expression.ts';
import { acknowledgementFields, activeKeyOf } from './run-item.ts';
import { type RunUpdate, updateRun } from './runs.ts';

const failed = equals('state', 'failed');

/** Notes that somebody has dealt with a failed run, unless somebody had before. */
export async function acknowledgeRun(db: Db, ref: RunRef, acknowledged: Acknowledgement): Promise<RunUpdate> {
  const set = { ...acknowledgementFields(acknowledged), activeKey: activeKeyOf(ref.tenant, 'acknowledged') };
  return updateRun(db, ref, set, all(failed, absent('acknowledgedAt')));
}

/** Makes an acknowledged run one that is to be dealt with again. */
export async function unacknowledgeRun(db: Db, ref: RunRef): Promise<RunUpdate> {
  const set = { ...acknowledgementFields(null), activeKey: activeKeyOf(ref.tenant, 'failed') };
  return updateRun(db, ref, set, all(failed, exists('acknowledgedAt')));
}
