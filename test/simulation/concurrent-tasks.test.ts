import { describe, expect, it } from 'vitest';
import { STOP_TIMEOUT_MS } from '../../functions/core/domain/flow/stop.ts';
import type { Task } from '../../functions/core/domain/flow/task.ts';
import type { TaskSlot } from '../../functions/core/domain/flow/task-slot.ts';
import { FLOW_RETRY } from '../../functions/core/domain/retry.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { recoverTask } from '../../functions/core/engine/flow/slice/recover-task.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { acquireTaskSlot, releaseTaskSlot } from '../../functions/core/engine/flow/slice/task-slots.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { listTaskSlots, listWaitingTasks, takeTaskSlot } from '../../functions/core/store/task-slots.ts';
import { changeTask, getTask, listTasks } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { newTenant } from '../helpers/builders/jobs.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { refusingDb, type StoreCall } from '../helpers/fakes/refusing-db.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** The tenant's limit on flow tasks that are processed at the same time. */
const LIMIT = 3;
const db = memoryDb();

async function given({ runs = 2, tasks = 4 } = {}) {
  const platform = testPlatform(db, { concurrentTasks: LIMIT });
  const sink = idempotentSink();
  connectOperators(platform, { sources: [replayableSource(tasks, 30)], sinks: [sink] });
  const concurrency = countOpenFlows(platform);
  const tenant = newTenant();
  const refs: Run[] = [];
  for (let i = 0; i < runs; i++) {
    refs.push(await startFlowRun(platform, await givenFlow(platform, { parallelism: tasks }, { tenant, id: `f${i}` })));
  }
  return { platform, tenant, refs, sink, concurrency };
}

/** Counts the slices that are processed at the same time. */
function countOpenFlows(platform: TestPlatform): { now: number; most: number } {
  const concurrency = { now: 0, most: 0 };
  const open = platform.open;
  platform.open = async (...args) => {
    const flow = await open(...args);
    concurrency.most = Math.max(concurrency.most, ++concurrency.now);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    return {
      ...flow,
      async [Symbol.asyncDispose]() {
        concurrency.now--;
        await flow[Symbol.asyncDispose]();
      },
    };
  };
  return concurrency;
}

/** Processes all slice messages at the same time, as many workers do. */
async function processTogether(platform: TestPlatform): Promise<void> {
  while (platform.slices.length > 0) {
    await Promise.all(platform.slices.splice(0).map((message) => runSlice(platform, { v: 1, ...message })));
  }
}

/** Takes all slots of the tenant, as slices of other runs do. */
async function occupy(platform: TestPlatform, tenant: ReturnType<typeof newTenant>, until = START + 600_000) {
  for (let number = 0; number < LIMIT; number++) {
    await takeTaskSlot(platform.db, tenant, { number, holder: `other#${number}`, token: 'other', until }, START);
  }
}

/** Starts a worker for the first task of a run that makes no progress. */
async function startWorker(platform: TestPlatform, run: Run): Promise<Task> {
  const [message] = platform.slices.splice(0);
  const open = platform.open;
  platform.open = async () => new Promise(() => {});
  if (message) void runSlice(platform, { v: 1, ...message });
  for (let i = 0; i < 50; i++) await new Promise(setImmediate);
  platform.open = open;
  const task = await getTask(db, run, 0);
  if (!task?.lease) throw new Error('the worker has not claimed its task');
  return task;
}

/** Starts a worker for the first task of a run, and lets its lease expire. */
async function loseWorker(platform: TestPlatform, run: Run): Promise<Task> {
  const task = await startWorker(platform, run);
  const lost = { ...task, lease: task.lease && { ...task.lease, until: new Date(START).toISOString() } };
  await changeTask(db, task, lost);
  platform.advance(61_000);
  return (await getTask(db, run, 0)) as Task;
}

describe('concurrent tasks', () => {
  it('stay within the limit of the tenant over all of its runs, and all end', async () => {
    const { platform, tenant, refs, sink, concurrency } = await given();

    await processTogether(platform);

    expect(concurrency.most).toBe(LIMIT);
    expect(sink.values()).toHaveLength(240);
    for (const ref of refs) expect(await getRun(db, ref)).toMatchObject({ state: 'completed' });
    expect(await listTaskSlots(db, tenant)).toEqual([]);
    expect(await listWaitingTasks(db, tenant, 10)).toEqual([]);
  });

  it('do not delay those of another tenant', async () => {
    const { platform, tenant } = await given();
    await occupy(platform, tenant);
    const other = await startFlowRun(platform, await givenFlow(platform));

    await drainSlices(platform);

    expect(await getRun(db, other)).toMatchObject({ state: 'completed' });
  });

  it('do not wait for a slot whose worker crashed longer than a slice lasts', async () => {
    const { platform, tenant, refs } = await given({ runs: 1 });
    await occupy(platform, tenant);
    await drainSlices(platform);
    platform.advance(600_001);

    await sweepTenant(platform, tenant);
    await drainSlices(platform);

    expect(await getRun(db, refs[0] as Run)).toMatchObject({ state: 'completed' });
  });

  it('do not fail their run however long they wait', async () => {
    const { platform, tenant, refs } = await given({ runs: 1 });
    await occupy(platform, tenant, START + 86_400_000);
    await drainSlices(platform);

    for (let hour = 0; hour < 20; hour++) {
      platform.advance(3_600_000);
      await sweepTenant(platform, tenant);
      await drainSlices(platform);
    }

    expect(await getRun(db, refs[0] as Run)).toMatchObject({ state: 'running' });
  });

  it('start with the first sweep after slots of crashed workers have expired, however long they have waited', async () => {
    const { platform, tenant, refs } = await given({ runs: 1 });
    await occupy(platform, tenant, START + 20 * 3_600_000 + 60_000);
    await drainSlices(platform);
    for (let hour = 0; hour < 20; hour++) {
      platform.advance(3_600_000);
      await sweepTenant(platform, tenant);
      await drainSlices(platform);
    }
    platform.advance(120_000);

    await sweepTenant(platform, tenant);
    await drainSlices(platform);

    expect(await getRun(db, refs[0] as Run)).toMatchObject({ state: 'completed' });
  });

  it('do not take one slot twice', async () => {
    const { platform, refs } = await given({ runs: 1 });
    const run = refs[0] as Run;
    let other: TaskSlot | undefined;
    const racing = interruptBefore(platform, { command: 'PutItemCommand', table: 'records' }, async () => {
      other = await acquireTaskSlot(platform, { run, index: 1 }, 1);
    });

    const slot = await acquireTaskSlot(racing, { run, index: 0 }, 1);

    expect([slot, other]).toEqual([undefined, expect.objectContaining({ number: 0 })]);
  });

  it('start if they begin to wait while the last slot is freed', async () => {
    const { platform, tenant } = await given({ runs: 1, tasks: 1 });
    const [message] = platform.slices.splice(0);
    await occupy(platform, tenant);
    const [slot] = await listTaskSlots(db, tenant);
    const racing = interruptBefore(platform, { command: 'DeleteItemCommand', table: 'records' }, async () => {
      if (message) await runSlice(platform, { v: 1, ...message });
    });

    if (slot) await releaseTaskSlot(racing, tenant, slot);

    expect(platform.slices).toHaveLength(1);
  });

  it('start if the last slot was freed before they wait', async () => {
    const { platform, tenant } = await given({ runs: 1, tasks: 1 });
    const [message] = platform.slices.splice(0);
    await occupy(platform, tenant);
    const [slot] = await listTaskSlots(db, tenant);
    const racing = interruptBefore(platform, { command: 'PutItemCommand', table: 'records' }, async () => {
      if (slot) await releaseTaskSlot(platform, tenant, slot);
    });

    if (message) await runSlice(racing, { v: 1, ...message });

    expect(platform.slices).toHaveLength(1);
  });

  it('pass their slots on if their run is canceled while they wait', async () => {
    const { platform, tenant, refs } = await given({ runs: 2, tasks: 3 });
    const [canceled, other] = refs as [Run, Run];
    const [first, ...rest] = platform.slices.splice(0);
    await occupy(platform, tenant);
    for (const message of [...(first ? [first] : []), ...rest]) await runSlice(platform, { v: 1, ...message });
    await cancelRun(platform, canceled, 'a test');
    platform.advance(600_001);

    await sweepTenant(platform, tenant);
    await drainSlices(platform);

    expect(await getRun(db, other)).toMatchObject({ state: 'completed' });
    expect(await listTaskSlots(db, tenant)).not.toContainEqual(expect.objectContaining({ token: null }));
  });

  it('continue after the loss of a worker, whose slot the sweeper releases', async () => {
    const { platform, tenant, refs } = await given({ runs: 1, tasks: 1 });
    const [ref] = refs as [Run];
    await loseWorker(platform, ref);
    expect(await listTaskSlots(db, tenant)).toHaveLength(1);

    await sweepTenant(platform, tenant);

    expect(await listTaskSlots(db, tenant)).toEqual([]);
  });

  it.each([
    [
      'fails because of the loss',
      async (platform: TestPlatform, run: Run, task: Task) => {
        await recoverTask(platform, run, task, { ...FLOW_RETRY, attempts: 1 });
      },
    ],
    ['is canceled', async (platform: TestPlatform, run: Run) => void (await cancelRun(platform, run, 'a test'))],
  ])('free the slot of a lost worker if their run %s', async (_, end) => {
    const { platform, tenant, refs } = await given({ runs: 1, tasks: 1 });
    const [run] = refs as [Run];
    const task = await loseWorker(platform, run);

    await end(platform, run, task);

    expect(await getRun(db, run)).toMatchObject({ finishedAt: expect.any(String) as string });
    expect(await listTaskSlots(db, tenant)).toEqual([]);
  });

  it('leave the line when their run is stopped', async () => {
    const { platform, tenant, refs } = await given({ runs: 1, tasks: 2 });
    await occupy(platform, tenant);
    await drainSlices(platform);
    const waiting = await listWaitingTasks(db, tenant, 10);

    await cancelRun(platform, refs[0] as Run, 'a test');

    expect(waiting).toHaveLength(2);
    expect(await listWaitingTasks(db, tenant, 10)).toEqual([]);
  });

  it('keep the slot of a live worker until its lease has expired if they are stopped by force', async () => {
    const { platform, tenant, refs } = await given({ runs: 1, tasks: 1 });
    const [run] = refs as [Run];
    const { lease } = await startWorker(platform, run);

    await stopFlow(platform, run, 'a test', {
      mode: 'force',
      requestedAt: new Date(platform.now()).toISOString(),
      timeoutMs: STOP_TIMEOUT_MS,
    });

    expect(await getRun(db, run)).toMatchObject({ state: 'canceled' });
    expect(await listTaskSlots(db, tenant)).toEqual([
      expect.objectContaining({ token: expect.any(String) as string, until: Date.parse(lease?.until ?? '') }),
    ]);
  });

  it('have the slots of their tenant read once if several are stopped by force', async () => {
    const { platform, refs } = await given({ runs: 1, tasks: LIMIT });
    const [run] = refs as [Run];
    const lease = { token: 'worker', until: new Date(platform.now() + 60_000).toISOString() };
    for (const task of await listTasks(db, run, LIMIT)) await changeTask(db, task, { ...task, lease });
    let reads = 0;
    const count = ({ command, input }: StoreCall) => {
      if (command === 'Query' && input.includes('SLOT#')) reads++;
      return false;
    };

    await stopFlow(withDb(platform, refusingDb(db, count)), run, 'a test', {
      mode: 'force',
      requestedAt: new Date(platform.now()).toISOString(),
      timeoutMs: STOP_TIMEOUT_MS,
    });

    expect(await getRun(db, run)).toMatchObject({ state: 'canceled' });
    expect(reads).toBe(1);
  });

  it('keep their place in the line if the process that passes a slot to them crashes', async () => {
    for (let crashAtCall = 1; ; crashAtCall++) {
      const { platform, tenant } = await given({ runs: 1, tasks: 1 });
      await occupy(platform, tenant);
      await drainSlices(platform);
      const [first, second] = (await listTaskSlots(db, tenant)) as [TaskSlot, TaskSlot];
      const crash = releaseTaskSlot(withDb(platform, faultyDb(db, { crashAtCall })), tenant, first);
      const isCrashed = await crash.then(
        () => false,
        () => true,
      );
      if (!isCrashed) break;

      await releaseTaskSlot(platform, tenant, second);

      expect(platform.slices, `after a crash at call ${crashAtCall}`).not.toEqual([]);
    }
  });

  it('free a slot that was passed to them while their run was canceled, although the passing process crashed', async () => {
    const { platform, tenant, refs } = await given({ runs: 1, tasks: 1 });
    await occupy(platform, tenant);
    await drainSlices(platform);
    const [slot] = (await listTaskSlots(db, tenant)) as [TaskSlot];
    const crashing = withDb(
      platform,
      refusingDb(db, ({ command }) => command === 'DeleteItem'),
    );
    const cancel = () => cancelRun(platform, refs[0] as Run, 'a test');
    const passing = interruptBefore(crashing, { command: 'PutItemCommand', table: 'records' }, cancel);
    await expect(releaseTaskSlot(passing, tenant, slot)).rejects.toThrow('refused DeleteItem');

    await drainSlices(platform);

    expect(await listTaskSlots(db, tenant)).not.toContainEqual(expect.objectContaining({ number: slot.number }));
  });

  it('wait for a free slot again if the limit was lowered', async () => {
    const { platform, tenant, concurrency } = await given({ runs: 1, tasks: 6 });
    const messages = platform.slices.splice(0);
    const lowered = { ...platform, defaultLimits: { ...platform.defaultLimits, concurrentTasks: 1 } };
    const slices = messages.slice(0, 5).map((message) => runSlice(platform, { v: 1, ...message }));
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    Object.assign(platform.defaultLimits, { concurrentTasks: 1 });

    await Promise.all(slices);
    concurrency.most = 0;
    await processTogether(Object.assign(platform, { defaultLimits: lowered.defaultLimits }));

    expect(concurrency.most).toBe(1);
    expect(await listWaitingTasks(db, tenant, 10)).toEqual([]);
  });
});
