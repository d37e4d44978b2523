import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../functions/core/domain/errors.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run, RunRef } from '../../functions/core/domain/run.ts';
import { NO_OPTIONS, type RunInput, SECRETS_MESSAGE } from '../../functions/core/domain/run-input.ts';
import { hiddenFrom, REMOVAL_MS } from '../../functions/core/domain/run-removal.ts';
import { DAY_MS } from '../../functions/core/domain/timing.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { JobRedriver, type RunEdit } from '../../functions/core/engine/failures/redrive-job.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { purgeJob } from '../../functions/core/engine/sweep/purge.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import type { Execution } from '../../functions/core/executors/execution.ts';
import { query, remove } from '../../functions/core/store/db.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { replaceJob } from '../../functions/core/store/jobs.ts';
import { inputKey, recordsPartition } from '../../functions/core/store/keys.ts';
import { removeOrphanedInput } from '../../functions/core/store/run-inputs.ts';
import { listHistory } from '../../functions/core/store/run-lists.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { scriptTarget } from '../helpers/builders/executions.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices } from '../helpers/simulations/process-messages.ts';

const store = memoryDb();

const SMALL: RunInput = { payload: { order: 1042 } };
const LARGE: RunInput = { payload: { text: 'ä'.repeat(20_000) }, args: ['a', 'b'], env: { MODE: 'full' } };
const optionsOf = (input: RunInput) => ({ ...NO_OPTIONS, input });

/** Processes all run messages. */
async function drain(platform: TestPlatform, retries = 0): Promise<readonly Execution[]> {
  const executions: Execution[] = [];
  for (let next = platform.sent.shift(); next; next = platform.sent.shift()) {
    platform.advance(next.delayMs);
    await processRunMessage(
      platform,
      async (execution) => {
        executions.push(execution);
        return executions.length > retries ? anOutcome() : anOutcome({ status: 'error', exitCode: 1, message: 'no' });
      },
      next,
    );
  }
  return executions;
}

const recordsOf = (ref: RunRef) => query(store, store.tables.records, equals('pk', recordsPartition(ref)));
const historyOf = (platform: TestPlatform, job: Job) =>
  listHistory(
    platform.db,
    { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation },
    { limit: 100, now: platform.now() },
  );

describe('the input of a run', () => {
  it('belongs to the row of the run if it is small', async () => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null });

    const run = await triggerJob(platform, job, undefined, optionsOf(SMALL));

    expect(await getRun(store, run)).toMatchObject({ input: SMALL, inputBytes: 0, storedBytes: 0 });
    expect(await recordsOf(run)).toEqual([]);
    expect(await drain(platform)).toMatchObject([{ payload: SMALL.payload }]);
  });

  it('has a row of its own if it is large, and counts as stored bytes', async () => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null });

    const run = await triggerJob(platform, job, undefined, optionsOf(LARGE));

    const bytes = Buffer.byteLength(JSON.stringify(LARGE));
    expect(await getRun(store, run)).toMatchObject({ input: null, inputBytes: bytes, storedBytes: bytes });
    expect(await drain(platform)).toMatchObject([{ payload: LARGE.payload }]);
    expect((await getRun(store, run))?.storedBytes).toBe(bytes + Buffer.byteLength('done'));
  });

  it('replaces the arguments of the job and adds variables', async () => {
    const platform = testPlatform(store);
    const target = { type: 'script', script: 'echo', args: ['job'], env: { MODE: 'part', REGION: 'eu' } } as const;
    const job = await givenJob(platform, { schedule: null, target });
    await triggerJob(platform, job, undefined, optionsOf(LARGE));

    const [execution] = await drain(platform);

    expect(execution?.target).toEqual({ ...target, args: ['a', 'b'], env: { MODE: 'full', REGION: 'eu' } });
  });

  it('stays the same for each attempt', async () => {
    const platform = testPlatform(store);
    const retry = { attempts: 3, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
    const job = await givenJob(platform, { schedule: null, retry });
    await triggerJob(platform, job, undefined, optionsOf(LARGE));

    const executions = await drain(platform, 2);

    expect(executions.map(({ payload }) => payload)).toEqual(Array(3).fill(LARGE.payload));
  });

  it('exists before the run, wherever its start crashes', async () => {
    for (let crashAtCall = 1, crashed = true; crashed; crashAtCall++) {
      const platform = testPlatform(store);
      const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
      const db = faultyDb(store, { crashAtCall, answerIsLost: true });
      crashed = await triggerJob({ ...platform, db }, job, undefined, optionsOf(LARGE)).then(
        () => false,
        () => true,
      );

      platform.advance(3 * 60_000);
      await sweepTenant(platform, job.tenant);
      const executions = await drain(platform);

      const runs = await historyOf(platform, job);
      expect(runs.map(({ state }) => state)).toEqual(executions.map(() => 'completed'));
      for (const { payload } of executions) expect(payload).toEqual(LARGE.payload);
    }
  });

  it('expires without its run if the run was never created', async () => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null });

    const run = await triggerJob(platform, job, undefined, optionsOf(LARGE));

    const [row] = await recordsOf(run);
    expect(row?.ttl).toBeGreaterThan((platform.now() + 60 * DAY_MS) / 1_000);
    expect(row?.ttl).toBeLessThan((platform.now() + 66 * DAY_MS) / 1_000);
  });

  it('exists as long as its run, which waited and failed for weeks', async () => {
    const platform = testPlatform(store, { concurrentRuns: 1 });
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    await triggerJob(platform, job);
    const run = await triggerJob(platform, job, undefined, optionsOf(LARGE));
    platform.advance(28 * DAY_MS);
    await drain(platform);
    const ended = (await getRun(store, run)) as Run;

    const [row] = await recordsOf(run);

    expect(ended.state).toBe('completed');
    expect(row?.ttl).toBeGreaterThan(hiddenFrom(ended) / 1_000);
  });

  it('disappears together with its run', async () => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null });
    const run = await triggerJob(platform, job, undefined, optionsOf(LARGE));
    await drain(platform);

    const expired = platform.now() + 31 * DAY_MS + REMOVAL_MS;
    await purgeJob(platform, { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation }, expired);

    expect(await getRun(store, run)).toBeUndefined();
    expect(await recordsOf(run)).toEqual([]);
  });

  it('fails the run for good if it has expired', async () => {
    const platform = testPlatform(store);
    const retry = { attempts: 3, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
    const job = await givenJob(platform, { schedule: null, retry });
    const run = await triggerJob(platform, job, undefined, optionsOf(LARGE));
    await remove(store, store.tables.records, inputKey(run));

    const executions = await drain(platform);

    expect(executions).toEqual([]);
    expect(await getRun(store, run)).toMatchObject({
      state: 'failed',
      attempt: 1,
      failure: { kind: 'error', message: 'The input of the run has expired' },
    });
  });
});

describe('variables of an input', () => {
  it('fail the run for good if its job has referred to a secret since', async () => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null });
    const run = await triggerJob(platform, job, undefined, optionsOf({ env: { URL: 'https://x.test' } }));
    const target = scriptTarget('echo', [], { TOKEN: '{{secret:token}}' });
    await replaceJob(platform.db, { ...job, target, version: job.version + 1 });

    const executions = await drain(platform);

    expect(executions).toEqual([]);
    expect(await getRun(store, run)).toMatchObject({
      state: 'failed',
      failure: { kind: 'error', message: SECRETS_MESSAGE },
    });
  });
});

describe('a request with an idempotency key', () => {
  it('returns the run of a concurrent request with the same key and starts none', async () => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    const concurrent: Run[] = [];
    const interrupted = interruptBefore(platform, { command: 'TransactWriteItemsCommand' }, async () => {
      concurrent.push(await triggerJob(platform, job, 'order-1042', optionsOf(SMALL)));
    });

    const run = await triggerJob(interrupted, job, 'order-1042', optionsOf(SMALL));

    const ulids = (runs: readonly { readonly ulid: string }[]) => runs.map(({ ulid }) => ulid);
    expect(ulids(await historyOf(platform, job))).toEqual(ulids(concurrent));
    expect(ulids([run])).toEqual(ulids(concurrent));
  });

  it('leaves no input behind if it loses to a concurrent one', async () => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    const ulids: string[] = [];
    const recording = { ...platform, newUlid: (now: number) => ulids[ulids.push(platform.newUlid(now)) - 1] as string };
    const interrupted = interruptBefore(recording, { command: 'TransactWriteItemsCommand' }, () =>
      triggerJob(recording, job, 'order-1042', optionsOf(LARGE)),
    );

    const run = await triggerJob(interrupted, job, 'order-1042', optionsOf(LARGE));

    const rows = await Promise.all(ulids.map((ulid) => recordsOf({ ...run, ulid })));
    expect(ulids).toHaveLength(2);
    expect(rows.flat()).toMatchObject([inputKey(run)]);
  });

  it('keeps the input of its run if the run exists already', async () => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null });
    const run = await triggerJob(platform, job, undefined, optionsOf(LARGE));

    const removed = await removeOrphanedInput(store, run);

    expect(removed).toBe(false);
    expect(await recordsOf(run)).toMatchObject([inputKey(run)]);
  });

  it('returns the first run if it is repeated with the same input', async () => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null });
    const first = await triggerJob(platform, job, 'order-1042', optionsOf(SMALL));

    const second = await triggerJob(platform, job, 'order-1042', optionsOf({ payload: { order: 1042 } }));

    expect(second.ulid).toBe(first.ulid);
  });

  it.each<[string, RunInput | null, RunInput | null]>([
    ['another input', SMALL, { payload: { order: 1043 } }],
    ['an input after none', null, SMALL],
    ['no input after one', SMALL, null],
  ])('fails with %s', async (_, before, after) => {
    const platform = testPlatform(store);
    const job = await givenJob(platform, { schedule: null });
    await triggerJob(platform, job, 'order-1042', { ...NO_OPTIONS, input: before });

    const repeated = triggerJob(platform, job, 'order-1042', { ...NO_OPTIONS, input: after });

    await expect(repeated).rejects.toMatchObject({ kind: 'unprocessable', code: 'idempotency_key.reused' });
  });
});

describe('a redrive', () => {
  const failed = async (platform: TestPlatform, overrides: Partial<Job> = {}) => {
    const job = await givenJob(platform, { schedule: null, ...overrides });
    const options = { input: LARGE, tags: ['import'], note: 'first try' };
    const run = await triggerJob(platform, job, undefined, options);
    await drain(platform, 1);
    const row = await getRun(store, run);
    if (!row) throw new Error('the run is missing');
    return { job, row, options };
  };
  const redrive = async (platform: TestPlatform, job: Job, row: Run, edit?: RunEdit) =>
    new JobRedriver(platform, job, { dryRun: false, acknowledgedBy: null, edit }).redrive(row);

  it('repeats the input, the tags and the note', async () => {
    const platform = testPlatform(store);
    const { job, row, options } = await failed(platform);

    const { by } = await redrive(platform, job, row);

    expect(await drain(platform)).toMatchObject([{ payload: LARGE.payload, target: { args: LARGE.args } }]);
    expect(by && (await getRun(store, by))).toMatchObject({ tags: options.tags, note: options.note });
  });

  it('replaces what it names', async () => {
    const platform = testPlatform(store);
    const { job, row } = await failed(platform);

    const { by } = await redrive(platform, job, row, { input: SMALL, note: 'second try' });

    expect(await drain(platform)).toMatchObject([{ payload: SMALL.payload, target: { args: LARGE.args } }]);
    expect(by && (await getRun(store, by))).toMatchObject({ tags: ['import'], note: 'second try' });
  });

  it('starts no run whose job cannot have the input any more', async () => {
    const platform = testPlatform(store);
    const { job, row } = await failed(platform);
    const target = { type: 'http', url: 'https://example.com/', method: 'POST', headers: {}, body: null } as const;

    const result = await redrive(platform, { ...job, target }, row);

    expect(result).toMatchObject({ kind: 'skipped', reason: "args: must be absent: the job's type is http" });
    expect(platform.sent).toEqual([]);
  });

  it('removes the payload and the tags on request', async () => {
    const platform = testPlatform(store);
    const { job, row } = await failed(platform);

    const { by } = await redrive(platform, job, row, { input: {}, removesPayload: true, tags: [] });

    expect(await drain(platform)).toMatchObject([{ payload: undefined, target: { args: LARGE.args } }]);
    expect(by && (await getRun(store, by))).toMatchObject({ tags: [], note: 'first try' });
  });

  it('starts no run with a changed payload that the script does not accept', async () => {
    const platform = testPlatform(store);
    const { job, row } = await failed(platform);
    const validatePayload = () => Promise.reject(new InvalidInput('payload.order', 'must be a number'));

    const result = await redrive(platform, job, row, { input: SMALL, validatePayload });

    expect(result).toMatchObject({ kind: 'skipped', reason: 'payload.order: must be a number' });
    expect(platform.sent).toEqual([]);
  });

  it('starts no run whose input has expired', async () => {
    const platform = testPlatform(store);
    const { job, row } = await failed(platform);
    await remove(store, store.tables.records, inputKey(row));

    expect(await redrive(platform, job, row)).toMatchObject({
      kind: 'skipped',
      reason: 'The input of the run has expired',
    });
  });
});

describe('the payload of a flow run', () => {
  it('reaches every slice, and those of a run that continues it', async () => {
    const platform = testPlatform(store);
    connectOperators(platform, { sources: [replayableSource(1, 10)], sinks: [idempotentSink()] });
    const payloads: unknown[] = [];
    const { open } = platform;
    platform.open = (...args) => {
      payloads.push(args[4]);
      return open(...args);
    };
    const job = await givenFlow(platform);
    const run = await triggerJob(platform, job, undefined, optionsOf({ payload: LARGE.payload ?? null }));
    await drainSlices(platform);

    const restarted = await restartRun(platform, job, (await getRun(store, run)) as Run, {});
    await drainSlices(platform);

    const slices = payloads.filter((payload) => payload !== undefined);
    expect(slices).toEqual([LARGE.payload, LARGE.payload]);
    expect(await getRun(store, restarted)).toMatchObject({ state: 'completed', inputBytes: expect.any(Number) });
  });
});
