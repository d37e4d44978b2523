import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Json } from '../../functions/core/domain/json.ts';
import type { RunToSend } from '../../functions/core/domain/messages.ts';
import { isTerminal, type Run, type RunRef } from '../../functions/core/domain/run.ts';
import { NO_OPTIONS, type TriggerRequest } from '../../functions/core/domain/run-input.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../functions/core/domain/timing.ts';
import { requestBackfill } from '../../functions/core/engine/backfill/create-backfill.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelJob, cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepKeys } from '../../functions/core/engine/sweep/sweep-keys.ts';
import { KEYS_BUDGET_MS } from '../../functions/core/engine/sweep/sweep-limits.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { put } from '../../functions/core/store/db.ts';
import { getJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { getKeySlots, replaceHolders } from '../../functions/core/store/key-slots.ts';
import { waitingForKeyKey } from '../../functions/core/store/keys.ts';
import { listOldestActive } from '../../functions/core/store/run-lists.ts';
import { cancelQueued, getRuns } from '../../functions/core/store/runs.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

const db = memoryDb();

const byCustomer = (limit: number, group: string | null = null) => ({ key: 'customer.id', limit, group });
const ofCustomer = (id: Json): Json => ({ customer: { id } });

/** A platform with a job on demand that has one active run a customer, and may have any number of runs. */
async function given(overrides: Partial<Job> = {}, concurrentRuns = 20) {
  const platform = testPlatform(db, { concurrentRuns });
  const job = await givenJob(platform, {
    schedule: null,
    overlapPolicy: 'allow',
    concurrency: byCustomer(1),
    ...overrides,
  });
  return { platform, job };
}

const RETRY = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;

/** Triggers a run a second after the one before. */
async function trigger(platform: TestPlatform, job: Job, payload: Json, request: Partial<TriggerRequest> = {}) {
  platform.advance(SECOND_MS);
  return triggerJob(platform, job, undefined, { ...NO_OPTIONS, input: { payload }, ...request });
}

/** A run that is executed until the test ends it. */
interface Execution {
  end(outcome?: ReturnType<typeof anOutcome>): Promise<void>;
}

/** Starts the execution of a message's run. Returns `undefined` if the run is not claimed. */
async function begin(platform: TestPlatform, message: RunToSend): Promise<Execution | undefined> {
  let finish: (outcome: ReturnType<typeof anOutcome>) => void = () => {};
  return new Promise((resolve, reject) => {
    const processed = processRunMessage(
      platform,
      async () => {
        resolve({
          end: async (outcome = anOutcome()) => {
            finish(outcome);
            await processed;
          },
        });
        return new Promise<ReturnType<typeof anOutcome>>((done) => {
          finish = done;
        });
      },
      message,
    );
    processed.then(() => resolve(undefined), reject);
  });
}

/** Starts the executions of all runs that have a message, by ULID. */
async function beginAll(platform: TestPlatform): Promise<Map<string, Execution>> {
  const executions = new Map<string, Execution>();
  for (let next = platform.sent.shift(); next; next = platform.sent.shift()) {
    const execution = await begin(platform, next);
    if (execution) executions.set(next.ulid, execution);
  }
  return executions;
}

/** Executes all runs that have a message, and returns the ULIDs of those that were executed, in order. */
async function work(platform: TestPlatform): Promise<readonly string[]> {
  const order: string[] = [];
  for (let next = platform.sent.shift(); next; next = platform.sent.shift()) {
    const { ulid } = next;
    await processRunMessage(
      platform,
      async () => {
        order.push(ulid);
        return anOutcome();
      },
      next,
    );
  }
  return order;
}

/** Advances the clock by minutes with a sweep each, as after a crash. */
async function recover(platform: TestPlatform, job: Job, minutes = 5): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    platform.advance(61 * SECOND_MS);
    await sweepTenant(platform, job.tenant);
    await work(platform);
  }
}

const stateOf = async (platform: TestPlatform, ref: RunRef) => {
  const { state, waiting } = await requireRun(platform, ref);
  return { state, waiting };
};
const WAITS = { state: 'queued', waiting: 'concurrency' };
const RUNS = { state: 'running', waiting: null };
const COMPLETED = { state: 'completed', waiting: null };

/** Returns what is stored of the key value of a run. */
const slotsOf = ({ tenant, concurrencyKey }: Run) => getKeySlots(db, tenant, concurrencyKey ?? '', 100);

describe('a run with a concurrency key', () => {
  it('waits while as many runs with the same value as its job allows are active', async () => {
    const { platform, job } = await given({ concurrency: byCustomer(2) });
    const runs = [];
    for (const id of [1, 1, 1, 2, 1]) runs.push(await trigger(platform, job, ofCustomer(id)));

    const executions = await beginAll(platform);

    const states = await Promise.all(runs.map((run) => stateOf(platform, run)));
    expect(states).toEqual([RUNS, RUNS, WAITS, RUNS, WAITS]);
    for (const execution of executions.values()) await execution.end();
    expect(await work(platform)).toEqual([runs[2]?.ulid, runs[4]?.ulid]);
    expect(await slotsOf(runs[0] as Run)).toEqual({ holders: [], line: [] });
  });

  it('needs no slot of its tenant while it waits', async () => {
    const { platform, job } = await given({}, 2);
    await trigger(platform, job, ofCustomer(1));
    const waiting = await trigger(platform, job, ofCustomer(1));
    const other = await trigger(platform, job, ofCustomer(2));

    await beginAll(platform);

    expect(await stateOf(platform, waiting)).toEqual(WAITS);
    expect(await stateOf(platform, other)).toEqual(RUNS);
  });

  it('starts in the order of priority and creation', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job, ofCustomer(1));
    const runs = [];
    for (const priority of [4, 3, 1, 3] as const) runs.push(await trigger(platform, job, ofCustomer(1), { priority }));

    const executions = await beginAll(platform);
    await executions.get(first.ulid)?.end();
    const order = await work(platform);

    expect(order).toEqual([runs[2], runs[1], runs[3], runs[0]].map((run) => run?.ulid));
  });

  it('does not overtake a run that waits for the same value', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job, ofCustomer(1));
    const [message] = platform.sent.splice(0);
    const execution = await begin(platform, message ?? first);
    const waiting = await trigger(platform, job, ofCustomer(1));
    await work(platform);
    await replaceHolders(
      db,
      { tenant: job.tenant, key: first.concurrencyKey ?? '' },
      (await slotsOf(first)).holders,
      [],
      0,
    );

    const later = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);

    expect([...executions.keys()]).toEqual([waiting.ulid]);
    expect(await stateOf(platform, later)).toEqual(WAITS);
    await execution?.end();
  });

  it.each([
    { values: [1, '1', true, 'true'], names: 4 },
    { values: [null, undefined], names: 1 },
    {
      values: [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      names: 1,
    },
    { values: [[1, 2], [2, 1], { a: 1 }], names: 3 },
  ])('is counted with those of an equal value: $values have $names', async ({ values, names }) => {
    const { platform, job } = await given();

    const runs = [];
    for (const id of values) runs.push(await trigger(platform, job, (id === undefined ? {} : ofCustomer(id)) as Json));

    expect(new Set(runs.map(({ concurrencyKey }) => concurrencyKey)).size).toBe(names);
  });

  it('has the value of the default payload of its job unless it has a payload', async () => {
    const { platform, job } = await given({
      target: { type: 'lambda', target: 'report', mode: 'sync', payload: ofCustomer('acme') },
    });
    const keyOf = async (input: TriggerRequest['input']) => {
      platform.advance(SECOND_MS);
      const started = await triggerJob(platform, job, undefined, { ...NO_OPTIONS, input });
      return (await requireRun(platform, started)).concurrencyKey;
    };

    const byDefault = await keyOf(null);

    expect(byDefault).not.toBeNull();
    expect(await keyOf({ payload: ofCustomer('acme') })).toBe(byDefault);
    expect(await keyOf({ payload: ofCustomer('other') })).not.toBe(byDefault);
  });

  it('counts as one without a value if the payload is no object', async () => {
    const { platform, job } = await given();

    const runs = [await trigger(platform, job, 'text'), await trigger(platform, job, [ofCustomer(1)])];
    const missing = await triggerJob(platform, job);

    expect(runs.map(({ concurrencyKey }) => concurrencyKey)).toEqual(Array(2).fill(missing.concurrencyKey));
  });

  it('counts all runs of its job together without a field', async () => {
    const { platform, job } = await given({ concurrency: { key: null, limit: 1, group: null } });

    const runs = [await trigger(platform, job, ofCustomer(1)), await trigger(platform, job, ofCustomer(2))];
    await beginAll(platform);

    expect(await Promise.all(runs.map((run) => stateOf(platform, run)))).toEqual([RUNS, WAITS]);
  });

  it('shares the slots with runs of other jobs of its group, each with the limit of its own job', async () => {
    const { platform, job } = await given({ concurrency: byCustomer(1, 'shop') });
    const wider = await givenJob(platform, { ...job, id: 'wider', concurrency: byCustomer(2, 'shop') });
    const apart = await givenJob(platform, { ...job, id: 'apart', concurrency: byCustomer(1) });
    const foreign = await givenJob(platform, { ...job, tenant: newTenant() });
    const first = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);

    const runs = [];
    for (const one of [wider, job, wider, apart, foreign]) {
      runs.push(await trigger(platform, one, ofCustomer(1)));
      for (const [ulid, execution] of await beginAll(platform)) executions.set(ulid, execution);
    }

    const states = await Promise.all(runs.map((run) => stateOf(platform, run)));
    expect(states).toEqual([RUNS, WAITS, WAITS, RUNS, RUNS]);
    await executions.get(first.ulid)?.end();
    expect(platform.sent).toEqual([]);
    await executions.get(runs[0]?.ulid ?? '')?.end();
    expect(platform.sent).toMatchObject([{ ulid: runs[1]?.ulid }, { ulid: runs[2]?.ulid }]);
  });

  it('keeps its slot between its attempts', async () => {
    const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 60, maxDelaySeconds: 60 } as const;
    const { platform, job } = await given({ retry });
    const first = await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);

    await executions.get(first.ulid)?.end(anOutcome({ status: 'error', message: 'failed' }));

    expect(platform.sent).toMatchObject([{ ulid: first.ulid }]);
    expect(await stateOf(platform, second)).toEqual(WAITS);
    platform.advance(MINUTE_MS);
    expect(await work(platform)).toEqual([first.ulid, second.ulid]);
  });

  it('waits for a slot of its tenant after it has received the slot of its key', async () => {
    const { platform, job } = await given({}, 2);
    const other = await givenJob(platform, { ...job, id: 'other', concurrency: null });
    const first = await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);
    const busy = [await trigger(platform, other, null), await trigger(platform, other, null)];
    for (const [ulid, execution] of await beginAll(platform)) executions.set(ulid, execution);

    await executions.get(first.ulid)?.end();
    for (const [ulid, execution] of await beginAll(platform)) executions.set(ulid, execution);

    const states = await Promise.all([second, ...busy].map((run) => stateOf(platform, run)));
    expect(states.filter(({ state }) => state === 'running')).toHaveLength(2);
    for (const { ulid } of busy) await executions.get(ulid)?.end();
    await executions.get(second.ulid)?.end();
    await work(platform);
    expect(await Promise.all([second, ...busy].map((run) => stateOf(platform, run)))).toEqual(Array(3).fill(COMPLETED));
  });

  it('leaves the line if it is canceled while it waits', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const third = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);

    await cancelRun(platform, third, 'test');

    expect((await slotsOf(first)).line).toMatchObject([{ ref: { ulid: second.ulid } }]);
    await executions.get(first.ulid)?.end();
    expect(await work(platform)).toEqual([second.ulid]);
  });

  it('gives its slot to the next run if it is canceled before its claim', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);
    await executions.get(first.ulid)?.end();
    const third = await trigger(platform, job, ofCustomer(1));

    await cancelRun(platform, second, 'test');

    expect(await work(platform)).toEqual([third.ulid]);
  });

  it('gives its slot to the next run if it is canceled during its claim', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const [message, other] = platform.sent.splice(0);
    const canceling = interruptBefore(platform, { command: 'PutItemCommand', table: 'records' }, () =>
      cancelRun(platform, first, 'test'),
    );
    await processRunMessage(canceling, async () => anOutcome(), message ?? first);
    if (other) platform.sent.push(other);

    const order = await work(platform);

    expect(order).toEqual([second.ulid]);
  });

  it('is admitted by the run that begins to wait if the slot became free meanwhile', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const [message, other] = platform.sent.splice(0);
    const execution = await begin(platform, message ?? first);
    const ending = interruptBefore(platform, { command: 'TransactWriteItemsCommand' }, async () => {
      await execution?.end();
    });

    await processRunMessage(ending, async () => anOutcome(), other ?? second);

    expect(await work(platform)).toEqual([second.ulid]);
  });

  it('takes no slot that another run takes at the same time', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const [message, other] = platform.sent.splice(0);
    const meeting = interruptBefore(platform, { command: 'PutItemCommand', table: 'records' }, async () => {
      await begin(platform, other ?? second);
    });

    await begin(meeting, message ?? first);

    expect([await stateOf(platform, first), await stateOf(platform, second)]).toEqual([WAITS, RUNS]);
  });

  it.each([
    ['another worker put it in the line before, and the slot became free', 'line'],
    ['another worker took the slot for it, and crashed', 'crash'],
  ])('starts although it joins the line while it holds a slot: %s', async (_, variant) => {
    const { platform, job } = await given();
    await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const [message, twice] = platform.sent.splice(0);
    const execution = await begin(platform, message ?? second);
    const joining = interruptBefore(platform, { command: 'TransactWriteItemsCommand' }, async () => {
      if (variant === 'line') await processRunMessage(platform, async () => anOutcome(), twice ?? second);
      await execution?.end();
      if (variant === 'line') return;
      const crashing = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, async () => {
        throw new Crash();
      });
      await processRunMessage(crashing, async () => anOutcome(), twice ?? second).catch(() => {});
    });

    await processRunMessage(joining, async () => anOutcome(), twice ?? second);
    await work(platform);

    expect(await stateOf(platform, second)).toEqual(COMPLETED);
    expect(await slotsOf(second)).toEqual({ holders: [], line: [] });
  });

  it.each([
    ['PutItemCommand', 'takes its slot'],
    ['DeleteItemCommand', 'frees its slot'],
  ])('repeats a %s on which lasting transactions conflict, and %s', async (command) => {
    const { platform, job } = await given();
    const run = await trigger(platform, job, ofCustomer(1));
    const conflict = async () => {
      throw new TransactionConflictException({ message: 'Transaction is ongoing for the item', $metadata: {} });
    };
    let busy = platform;
    for (let calls = 0; calls < 8; calls++) busy = interruptBefore(busy, { command, table: 'records' }, conflict);

    for (const message of platform.sent.splice(0)) await processRunMessage(busy, async () => anOutcome(), message);

    expect(await stateOf(platform, run)).toEqual(COMPLETED);
    expect(await slotsOf(run)).toEqual({ holders: [], line: [] });
  });

  it('does not begin to wait after it was canceled', async () => {
    const { platform, job } = await given();
    await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const [message, other] = platform.sent.splice(0);
    await begin(platform, message ?? second);
    const canceling = interruptBefore(platform, { command: 'TransactWriteItemsCommand' }, async () => {
      await cancelRun(platform, second, 'test');
    });

    await processRunMessage(canceling, async () => anOutcome(), other ?? second);

    expect(await stateOf(platform, second)).toEqual({ state: 'canceled', waiting: null });
    expect((await slotsOf(second)).line).toEqual([]);
  });

  it('is not admitted after it was canceled, and leaves the slot to the next run', async () => {
    const { platform, job } = await given();
    const runs: Run[] = [];
    for (let i = 0; i < 3; i++) runs.push(await trigger(platform, job, ofCustomer(1)));
    const [message, ...others] = platform.sent.splice(0);
    const canceling = interruptBefore(platform, { command: 'TransactWriteItemsCommand' }, async () => {
      const finishedAt = new Date(platform.now()).toISOString();
      await cancelQueued(db, runs[1] as Run, { canceledBy: 'test', finishedAt, purgeAt: finishedAt });
    });
    const execution = await begin(canceling, message as RunToSend);
    platform.sent.push(...others);
    await beginAll(platform);

    await execution?.end();

    expect(await listOldestActive(db, job.tenant, 'canceled', 10)).toMatchObject([{ ulid: runs[1]?.ulid }]);
    expect(await work(platform)).toEqual([runs[2]?.ulid]);
  });

  it('starts after the end of a run with the overlap policy skip, whose end leaves the lock', async () => {
    const { platform, job } = await given({ concurrency: byCustomer(1, 'skip') });
    const skipping = await givenJob(platform, { ...job, id: 'skipping', overlapPolicy: 'skip' });
    await trigger(platform, skipping, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);

    for (const execution of executions.values()) await execution.end();

    expect(platform.sent).toMatchObject([{ ulid: second.ulid }]);
  });

  it('gives its slot to the next run if it expires while it waits for a slot of its tenant', async () => {
    const { platform, job } = await given();
    const other = await givenJob(platform, { ...job, id: 'other', concurrency: null });
    const first = await trigger(platform, job, ofCustomer(1));
    const late = await trigger(platform, job, ofCustomer(1), { expiresInSeconds: 60 });
    const next = await trigger(platform, job, ofCustomer(1));
    const busy = await trigger(platform, other, null);
    const executions = await beginAll(platform);
    await executions.get(first.ulid)?.end();
    await work({ ...platform, defaultLimits: { ...platform.defaultLimits, concurrentRuns: 1 } });
    const before = await stateOf(platform, late);
    platform.advance(MINUTE_MS);

    await executions.get(busy.ulid)?.end();

    expect(before).toEqual({ state: 'queued', waiting: 'limit' });
    expect(await work(platform)).toEqual([next.ulid]);
  });

  it('is canceled by the sweep if it expires while it waits for its key', async () => {
    const { platform, job } = await given();
    await trigger(platform, job, ofCustomer(1));
    const late = await trigger(platform, job, ofCustomer(1), { expiresInSeconds: 60 });
    await beginAll(platform);
    platform.advance(2 * MINUTE_MS);

    await sweepTenant(platform, job.tenant);

    expect(await requireRun(platform, late)).toMatchObject({ state: 'canceled', canceledBy: 'expiry' });
    expect((await slotsOf(late)).line).toEqual([]);
  });

  it('is canceled with the other runs of its job', async () => {
    const { platform, job } = await given();
    const runs = [await trigger(platform, job, ofCustomer(1)), await trigger(platform, job, ofCustomer(1))];
    await beginAll(platform);

    await cancelJob(platform, { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation }, 'test');

    expect(await stateOf(platform, runs[1] as Run)).toMatchObject({ state: 'canceled' });
  });

  it('waits under the policy queue for the run before it, and then for its key', async () => {
    const { platform, job } = await given({ overlapPolicy: 'queue', concurrency: byCustomer(1, 'queue') });
    const free = await givenJob(platform, { ...job, id: 'free', overlapPolicy: 'allow' });
    const first = await trigger(platform, free, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const third = await trigger(platform, job, ofCustomer(1));

    const executions = await beginAll(platform);

    expect(await stateOf(platform, second)).toEqual(WAITS);
    expect(await stateOf(platform, third)).toEqual({ state: 'queued', waiting: 'overlap' });
    await executions.get(first.ulid)?.end();
    expect(await work(platform)).toEqual([second.ulid, third.ulid]);
  });

  it('is replaced under the policy replace while it waits for its key', async () => {
    const { platform, job } = await given({ overlapPolicy: 'replace', concurrency: byCustomer(1, 'replace') });
    const free = await givenJob(platform, { ...job, id: 'free', overlapPolicy: 'allow' });
    const first = await trigger(platform, free, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);

    const third = await trigger(platform, job, ofCustomer(1));

    expect(await stateOf(platform, second)).toMatchObject({ state: 'canceled' });
    await executions.get(first.ulid)?.end();
    expect(await work(platform)).toEqual([third.ulid]);
  });

  it('gives up its slot to the run that holds the lock, if the job received another overlap policy', async () => {
    const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 60, maxDelaySeconds: 60 } as const;
    const { platform, job } = await given({ retry });
    const first = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);
    await executions.get(first.ulid)?.end(anOutcome({ status: 'error', message: 'failed' }));
    const [retried] = platform.sent.splice(0);
    await replaceJob(db, { ...job, overlapPolicy: 'queue', version: 2 });
    const second = await trigger(platform, { ...job, overlapPolicy: 'queue' }, ofCustomer(1));
    await work(platform);
    platform.advance(MINUTE_MS);
    if (retried) platform.sent.push(retried);

    const order = await work(platform);
    await recover(platform, job);

    expect(order[0]).toBe(second.ulid);
    expect([await stateOf(platform, first), await stateOf(platform, second)]).toEqual([COMPLETED, COMPLETED]);
  });

  it('starts with the next sweep if its job has no concurrency key anymore', async () => {
    const { platform, job } = await given();
    await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    await beginAll(platform);
    await replaceJob(db, { ...job, concurrency: null, version: 2 });

    await sweepTenant(platform, job.tenant);

    expect(platform.sent).toMatchObject([{ ulid: second.ulid }]);
  });

  it('starts with the next sweep if the limit was raised', async () => {
    const { platform, job } = await given();
    for (let i = 0; i < 4; i++) await trigger(platform, job, ofCustomer(1));
    await beginAll(platform);
    await replaceJob(db, { ...job, concurrency: byCustomer(3), version: 2 });

    await sweepTenant(platform, job.tenant);

    expect(platform.sent).toHaveLength(2);
  });

  it('starts although the run before it ended without freeing its slot', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job, ofCustomer(1));
    await work(platform);
    await replaceHolders(
      db,
      { tenant: job.tenant, key: first.concurrencyKey ?? '' },
      [],
      [nameOf(first), 'gone#x#01'],
      0,
    );

    const second = await trigger(platform, job, ofCustomer(1));

    expect(await work(platform)).toEqual([second.ulid]);
    expect((await slotsOf(first)).holders).toEqual([]);
  });

  it('is found by the sweep behind many runs that wait for other values', async () => {
    const { platform, job } = await given({}, 400);
    const values = [1, 2, 3];
    const holders = [];
    for (const id of values) {
      const first = await trigger(platform, job, ofCustomer(id));
      holders.push(first);
      for (let i = 0; i < (id === 1 ? 120 : 2); i++) await trigger(platform, job, ofCustomer(id));
    }
    await beginAll(platform);
    for (const run of holders) {
      await replaceHolders(db, { tenant: run.tenant, key: run.concurrencyKey ?? '' }, [nameOf(run)], ['gone#x#01'], 0);
    }

    await sweepTenant(platform, job.tenant);

    expect(platform.sent).toHaveLength(values.length);
  });

  it('starts with one of several sweeps of bounded time behind more values than one sweep has time for', async () => {
    const { platform, job } = await given({}, 400);
    for (let id = 0; id < 60; id++) for (let i = 0; i < 2; i++) await trigger(platform, job, ofCustomer(id));
    const crashed = await trigger(platform, job, ofCustomer('crashed'));
    await trigger(platform, job, ofCustomer('crashed'));
    await beginAll(platform);
    await replaceHolders(
      db,
      { tenant: job.tenant, key: crashed.concurrencyKey ?? '' },
      [nameOf(crashed)],
      ['gone#x#01'],
      0,
    );
    const slow = withDb(platform, faultyDb(db, { rewrite: passing(platform, 200) }));
    const reached: number[] = [];

    for (let sweep = 0; sweep < 16; sweep++) {
      const startedAt = platform.now();
      await sweepKeys({ ...slow, random: () => sweep / 16 }, job.tenant, () => true);
      expect(platform.now() - startedAt).toBeLessThan(KEYS_BUDGET_MS + 5 * SECOND_MS);
      reached.push(...platform.sent.splice(0).map(() => sweep));
    }

    expect(reached).toHaveLength(1);
  });

  it('starts before the runs of a backfill that wait for the same value, even before older ones', async () => {
    const { platform, job } = await given({ schedule: '0 * * * *', concurrency: byCustomer(1), retry: RETRY });
    const first = await trigger(platform, job, null);
    const range = { from: isoOf(platform.now() - 3 * HOUR_MS), to: isoOf(platform.now()) };
    const backfill = { ...NO_OPTIONS, ...range, order: 'asc', concurrency: 3, createdBy: 'ana', priority: 1 } as const;
    await requestBackfill(platform, job, undefined, backfill);
    for (const tick of platform.ticks.splice(0)) await dispatchTick(platform, tick);
    const executions = await beginAll(platform);

    const live = await trigger(platform, job, null, { priority: 5 });
    await beginAll(platform);
    await executions.get(first.ulid)?.end();

    expect(platform.sent).toMatchObject([{ ulid: live.ulid }]);
    expect(await work(platform)).toHaveLength(4);
  });

  it('leaves no place in the line of a run whose row is gone', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job, ofCustomer(1));
    const second = await trigger(platform, job, ofCustomer(1));
    const executions = await beginAll(platform);
    const deleted = { ...first, ulid: '01JNXA3V5T9YV0Q2Z6W8000001', createdAt: '2020-01-01T00:00:00.000Z' };
    await put(db, db.tables.records, { ...waitingForKeyKey(first.concurrencyKey ?? '', deleted) });

    await executions.get(first.ulid)?.end();

    expect(await work(platform)).toEqual([second.ulid]);
  });

  it.each([{ limit: 1 }, { limit: 2 }])(
    'starts in spite of a crash at any call of a claim or an end, with at most $limit at a time',
    async ({ limit }) => {
      for (const answerIsLost of [true, false]) {
        for (let call = 1, crashed = true; crashed; call++) {
          const { platform, job } = await given({ concurrency: byCustomer(limit), retry: RETRY });
          const runs = [];
          for (let i = 0; i < limit + 2; i++) runs.push(await trigger(platform, job, ofCustomer(1)));
          const crashing = withDb(platform, faultyDb(db, { crashAtCall: call, answerIsLost }));
          crashed = false;
          while (platform.sent.length > 0 && !crashed) {
            const message = platform.sent.shift();
            if (!message) break;
            await processRunMessage(crashing, async () => anOutcome(), message).catch((error: unknown) => {
              if (!isCrash(error)) throw error;
              crashed = true;
              platform.sent.push(message);
            });
          }
          await assertBounded(platform, runs, limit);

          await work(platform);
          await recover(platform, job);

          expect(await Promise.all(runs.map((run) => stateOf(platform, run)))).toEqual(runs.map(() => COMPLETED));
          expect((await slotsOf(runs[0] as Run)).line).toEqual([]);
        }
      }
    },
  );

  it('runs with others of its value up to the limit at any time, and never waits for ever', async () => {
    for (let seed = 1; seed <= 15; seed++) await simulate(seed);
  });
});

const nameOf = ({ jobId, incarnation, ulid }: RunRef): string => `${jobId}#${incarnation}#${ulid}`;

/** Advances the clock by some milliseconds with each call of the database. */
const passing = (platform: TestPlatform, ms: number) => (input: Record<string, unknown>) => {
  platform.advance(ms);
  return input;
};

const isoOf = (time: number): string => new Date(time).toISOString();

/** Asserts that no more runs of a value are claimed than the limit allows. */
async function assertBounded(platform: TestPlatform, runs: readonly Run[], limit: number): Promise<void> {
  const rows = (await getRuns(platform.db, runs)).filter((run) => run !== undefined);
  const active = rows.filter(({ state, attempt }) => !isTerminal(state) && attempt > 0);
  const counts = Map.groupBy(active, ({ concurrencyKey }) => concurrencyKey);
  for (const runsOfValue of counts.values()) expect(runsOfValue.length).toBeLessThanOrEqual(limit);
}

/** @returns whether the caller crashed; the admission of runs collects the errors of its calls */
const isCrash = (error: unknown): boolean =>
  error instanceof Crash || (error instanceof AggregateError && error.errors.every((each) => each instanceof Crash));

/** Triggers, executes, fails, cancels and crashes in a random order, then lets the tenant recover. */
async function simulate(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = (count: number) => Math.floor(random() * count);
  const limit = 1 + pick(3);
  const { platform, job } = await given({ concurrency: byCustomer(limit), retry: RETRY }, 2 + pick(4));
  const runs: Run[] = [];
  const executions: Execution[] = [];
  const deliver = async (as: TestPlatform) => {
    const [message] = platform.sent.splice(pick(platform.sent.length), 1);
    if (!message) return;
    const execution = await begin(as, message).catch((error: unknown) => {
      if (!isCrash(error)) throw error;
      if (random() < 0.5) platform.sent.push(message);
      return undefined;
    });
    if (execution) executions.push(execution);
  };
  for (let step = 0; step < 60; step++) {
    platform.advance(pick(3) * SECOND_MS);
    const action = random();
    if (action < 0.35) runs.push(await trigger(platform, job, ofCustomer(pick(3))));
    else if (action < 0.6) await deliver(platform);
    else if (action < 0.7)
      await deliver(withDb(platform, faultyDb(db, { crashAtCall: 1 + pick(12), answerIsLost: random() < 0.5 })));
    else if (action < 0.9) {
      const [execution] = executions.splice(pick(executions.length), 1);
      const outcome = random() < 0.3 ? anOutcome({ status: 'error', message: 'failed' }) : anOutcome();
      await execution?.end(outcome).catch((error: unknown) => {
        if (!isCrash(error)) throw error;
      });
    } else if (action < 0.95 && runs.length > 0) await cancelRun(platform, runs[pick(runs.length)] as Run, 'test');
    else await sweepTenant(platform, job.tenant);
    await assertBounded(platform, runs, limit);
  }
  for (const execution of executions) {
    await execution.end().catch((error: unknown) => {
      if (!isCrash(error)) throw error;
    });
  }

  await work(platform);
  await recover(platform, (await getJob(db, job.tenant, job.id)) ?? job, 8);

  const states = await Promise.all(runs.map(async (run) => (await requireRun(platform, run)).state));
  expect(states.filter((state) => !isTerminal(state))).toEqual([]);
  for (const run of runs) expect(await slotsOf(run)).toMatchObject({ line: [] });
}
