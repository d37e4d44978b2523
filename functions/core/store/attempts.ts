import type { Attempt } from '../domain/attempt.ts';
import type { Run, RunRef } from '../domain/run.ts';
import { type Db, query, type Write } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { ATTEMPT_PREFIX, attemptKey, recordsPartition } from './keys.ts';
import { omitDefaults, recordTtlOf } from './run-item.ts';

/** Returns the transactional write that stores an attempt. */
export const attemptWrite = (db: Db, run: Run, { number, ...attempt }: Attempt): Write => ({
  table: db.tables.records,
  put: { ...attemptKey(run, number), ...omitDefaults({ ...attempt }), ttl: recordTtlOf(run.purgeAt) },
});

/** Lists the stored attempts of a run, oldest first, read consistently. */
export async function listAttempts(db: Db, run: RunRef): Promise<readonly Attempt[]> {
  const key = all(equals('pk', recordsPartition(run)), beginsWith('sk', ATTEMPT_PREFIX));
  const items = await query(db, db.tables.records, key, { consistent: true });
  return items.map(({ pk, sk, ttl, ...rest }) => {
    const number = Number((sk as string).slice(ATTEMPT_PREFIX.length));
    return { ...ABSENT, ...rest, number } as unknown as Attempt;
  });
}

/** Values of attributes that are not stored. */
const ABSENT = { startedAt: null, exitCode: null, executionMs: null, jobVersion: null, stdout: '', stderr: '' };
