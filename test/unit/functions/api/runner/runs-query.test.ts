import { describe, expect, test } from 'vitest';
import { RUN_STATUSES } from '../../../../../functions/api/runner/run-status.ts';
import { runsQuery } from '../../../../../functions/api/runner/runs-query.ts';

const runId = 'sync-email.k3f9a1b2c4.01JNXA3V5T9YV0Q2Z6W8M4R7B1';

describe('runsQuery', () => {
  test('defaults to the newest 50 runs of every status', () => {
    expect(runsQuery().parse({})).toEqual({ limit: 50, status: RUN_STATUSES, tag: [], before: null });
  });

  test('accepts a limit, one or several statuses, and a start position', () => {
    expect(runsQuery().parse({ limit: '1000', status: 'ok,error,ok', before: runId })).toEqual({
      limit: 1_000,
      status: ['ok', 'error'],
      tag: [],
      before: runId,
    });
  });

  test.each(['0', '-1', '1001', '1.5', '', 'ten', '1e2', ' 5'])('rejects the limit "%s"', (limit) => {
    expect(runsQuery().safeParse({ limit }).error?.issues).toEqual([
      expect.objectContaining({ path: ['limit'], message: `must be 1–1000, got '${limit}'` }),
    ]);
  });

  test.each(['', 'failed', 'ok,', 'OK'])('rejects the status "%s"', (status) => {
    expect(runsQuery().safeParse({ status }).error?.issues[0]?.message).toMatch(/^must be ok, error, timeout/);
  });
});
