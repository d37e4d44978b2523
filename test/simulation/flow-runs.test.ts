import { describe, expect, it } from 'vitest';
import { totalRecords } from '../../functions/core/domain/flow/totals.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { DAY_MS } from '../../functions/core/domain/timing.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { purgeTenant } from '../../functions/core/engine/sweep/sweep-purge.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import { listChildren } from '../../functions/core/store/children.ts';
import { get } from '../../functions/core/store/db.ts';
import { runKey } from '../../functions/core/store/keys.ts';
import { listRecordErrors } from '../../functions/core/store/record-errors.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { listTasks } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { aChain, connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { nonReplayableSource, replayableSource } from '../helpers/fakes/sources.ts';
import { ascending, range } from '../helpers/numbers.ts';
import {
  drainSlices,
  processRunMessages,
  recoverBySweeping,
  startFlowRun,
} from '../helpers/simulations/process-messages.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

const db = memoryDb();

const tasksOf = async (platform: TestPlatform, ref: RunRef) =>
  listTasks(platform.db, ref, (await requireRun(platform, ref)).flow?.plan?.tasks ?? 0);

/** Returns the time at which DynamoDB may remove the row of a run, in days after its retention. */
async function daysToExpiry(platform: TestPlatform, ref: RunRef): Promise<number> {
  const item = await get(platform.db, platform.db.tables.runs, runKey(ref));
  return ((item?.ttl as number) * 1_000 - Date.parse(item?.purgeAt as string)) / DAY_MS;
}

describe('the row of a flow run', () => {
  it('outlives its retention by 90 days, so that a late purge finds the rows that belong to it', async () => {
    const platform = testPlatform(db);
    connectOperators(platform, { sources: [replayableSource(1, 10)], sinks: [idempotentSink()] });
    const ref = await startFlowRun(platform, await givenFlow(platform));

    await drainSlices(platform);

    expect(await requireRun(platform, ref)).toMatchObject({ state: 'completed' });
    expect(await daysToExpiry(platform, ref)).toBe(90);
  });

  it('outlives its retention by 90 days if the run failed before it was planned', async () => {
    const platform = testPlatform(db);
    const source = {
      ...replayableSource(1, 10),
      plan: async () => {
        throw new FlowFailure('HTTP 403 from https://shop.example', { permanent: true });
      },
    };
    connectOperators(platform, { sources: [source], sinks: [idempotentSink()] });

    const ref = await startFlowRun(platform, await givenFlow(platform));

    expect(await requireRun(platform, ref)).toMatchObject({ state: 'failed' });
    expect(await daysToExpiry(platform, ref)).toBe(90);
  });

  it('outlives its retention by 90 days if the run was canceled before it started', async () => {
    const platform = testPlatform(db);
    const ref = await triggerJob(platform, await givenFlow(platform));

    await cancelRun(platform, ref, 'ana');

    expect(await daysToExpiry(platform, ref)).toBe(90);
  });
});

describe('a flow run', () => {
  it('writes every record of its source to the sink and ends with matching counts', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    const onlyEven = aChain((value) => ((value as number) % 2 === 0 ? [value] : []));
    connectOperators(platform, { sources: [replayableSource(5, 23)], chain: onlyEven, sinks: [sink] });
    const job = await givenFlow(platform);

    const ref = await startFlowRun(platform, job);
    await drainSlices(platform);

    const run = await requireRun(platform, ref);
    expect(ascending(sink.values())).toEqual(range(115).filter((value) => value % 2 === 0));
    expect(run).toMatchObject({ state: 'completed', lease: null, attempt: 1, itemsProcessed: 58 });
    expect(run.flow).toMatchObject({
      lineage: run.ulid,
      plan: { attempt: 1, tasks: 2 },
      ended: {
        doneExporting: true,
        records: { exported: 115, success: 58, error: 0, ignored: 57, pagesGenerated: 15, pagesProcessed: 15 },
      },
    });
    expect(await listChildren(platform.db, ref)).toMatchObject([
      { kind: 'export', operator: 'source_1', state: 'completed', counts: { in: 115, out: 115, pages: 15 } },
      { kind: 'import', operator: 'sink_1', state: 'completed', counts: { in: 58, out: 58, pages: 15 } },
    ]);
    expect(platform.slices).toEqual([]);
  });

  it('completes at once without any record', async () => {
    const platform = testPlatform(db);
    connectOperators(platform, { sources: [replayableSource(0, 0)], sinks: [idempotentSink()] });

    const ref = await startFlowRun(platform, await givenFlow(platform));

    expect(await requireRun(platform, ref)).toMatchObject({ state: 'completed', flow: { plan: { tasks: 0 } } });
  });

  it('processes at least one page in each slice and continues until its source is read', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    connectOperators(platform, { sources: [replayableSource(1, 2_000)], sinks: [sink] });
    platform.sliceMs = 0;

    const ref = await startFlowRun(platform, await givenFlow(platform));
    const slices = await drainSlices(platform);

    expect(slices).toBe(200);
    expect(sink.deliveries).toBe(200);
    expect(await requireRun(platform, ref)).toMatchObject({ state: 'completed', itemsProcessed: 2_000 });
  });

  it('processes a slice once if its message is delivered several times', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    connectOperators(platform, { sources: [replayableSource(1, 100)], sinks: [sink] });
    platform.sliceMs = 0;
    const ref = await startFlowRun(platform, await givenFlow(platform));
    const [message] = platform.slices;
    if (!message) throw new Error('no slice was sent');

    await Promise.all(range(5).map(() => runSlice(platform, { v: 1, ...message })));
    await runSlice(platform, { v: 1, ...message });

    expect(sink.deliveries).toBe(1);
    await drainSlices(platform);
    expect(sink.deliveries).toBe(10);
    expect(await requireRun(platform, ref)).toMatchObject({ state: 'completed', itemsProcessed: 100 });
  });

  it('skips a slice that another worker processed after the task was read', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    connectOperators(platform, { sources: [replayableSource(1, 100)], sinks: [sink] });
    platform.sliceMs = 0;
    const ref = await startFlowRun(platform, await givenFlow(platform));
    const [message] = platform.slices.splice(0);
    if (!message) throw new Error('no slice was sent');
    const meanwhile = () => runSlice(platform, { v: 1, ...message });
    const faulty = { ...platform, db: faultyDb(platform.db, { after: { command: 'GetItemCommand', meanwhile } }) };

    await runSlice(faulty, { v: 1, ...message });

    expect(sink.deliveries).toBe(1);
    expect(await tasksOf(platform, ref)).toMatchObject([{ slice: 1, page: 1, lease: null }]);
  });

  it('writes one response per page key if the source cannot be replayed', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    const source = nonReplayableSource(4, 25);
    connectOperators(platform, { sources: [source], sinks: [sink] });

    const ref = await startFlowRun(platform, await givenFlow(platform));
    await drainSlices(platform);

    expect(sink.received.size).toBe(12);
    expect(ascending(sink.values().map((value) => (value as { number: number }).number))).toEqual(range(100));
    expect(await requireRun(platform, ref)).toMatchObject({
      state: 'completed',
      flow: { ended: { records: { exported: 100, success: 100, pagesGenerated: 12, pagesProcessed: 12 } } },
    });
  });
});

describe('a crash at each call to the store', () => {
  const sources = {
    'a replayable source': () => replayableSource(2, 15),
    'a source that cannot be replayed': () => nonReplayableSource(2, 15),
  };

  for (const [name, source] of Object.entries(sources)) {
    for (const answerIsLost of [false, true]) {
      it(`leaves each record of ${name} once at the sink and in the counts${answerIsLost ? ', with the response lost' : ''}`, async () => {
        let crashes = 0;
        for (let crashAtCall = 1; ; crashAtCall++) {
          const platform = testPlatform(db);
          const sink = idempotentSink();
          connectOperators(platform, { sources: [source()], sinks: [sink] });
          platform.sliceMs = 0;
          const job = await givenFlow(platform);
          const ref = await triggerJob(platform, job);
          const faulty = { ...platform, db: faultyDb(platform.db, { crashAtCall, answerIsLost }) };
          Object.defineProperty(faulty, 'open', { get: () => platform.open });

          const crashed = await drainSlices(platform, faulty).then(
            () => false,
            (error: unknown) => {
              if (error instanceof Crash) return true;
              throw error;
            },
          );
          await recoverBySweeping(platform, job, crashed ? 6 : 1);

          const run = await requireRun(platform, ref);
          const values = sink
            .values()
            .map((value) => (typeof value === 'number' ? value : (value as { number: number }).number));
          expect({ crashAtCall, state: run.state, values: ascending(values) }).toEqual({
            crashAtCall,
            state: 'completed',
            values: range(30),
          });
          expect(sink.contradictions).toEqual([]);
          expect(run.flow?.ended?.records).toMatchObject({ exported: 30, success: 30, error: 0, ignored: 0 });
          expect((await listChildren(platform.db, ref)).map(({ state }) => state)).toEqual(['completed', 'completed']);
          if (!crashed) break;
          crashes++;
        }
        expect(crashes).toBeGreaterThan(20);
      });
    }
  }
});

describe('a worker that continues after its lease has expired', () => {
  it('commits nothing after another slice has claimed its task', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    const gate = Promise.withResolvers<void>();
    let first = true;
    const slow = {
      ...sink,
      write: async (...page: Parameters<typeof sink.write>) => {
        if (first) {
          first = false;
          await gate.promise;
        }
        return sink.write(...page);
      },
    };
    connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [slow] });
    const job = await givenFlow(platform);
    const ref = await startFlowRun(platform, job);
    const message = platform.slices.shift();
    if (!message) throw new Error('no slice was sent');

    const zombie = runSlice(platform, { v: 1, ...message });
    await expect.poll(() => first).toBe(false);
    await recoverBySweeping(platform, job, 2);
    gate.resolve();
    await zombie;

    expect(await requireRun(platform, ref)).toMatchObject({ state: 'completed', itemsProcessed: 30 });
    expect(totalRecords(await tasksOf(platform, ref))).toMatchObject({ exported: 30, success: 30 });
    expect(sink.contradictions).toEqual([]);
    expect(platform.logged).toContainEqual(
      expect.objectContaining({
        message: 'slice.ended',
        fields: expect.objectContaining({ end: 'lease-lost' }) as object,
      }),
    );
  });
});

describe('a lost slice message', () => {
  it('reaches a worker after a resend within two minutes', async () => {
    const platform = testPlatform(db);
    connectOperators(platform, { sources: [replayableSource(2, 30)], sinks: [idempotentSink()] });
    const job = await givenFlow(platform);
    const ref = await startFlowRun(platform, job);
    platform.slices.splice(0);

    await recoverBySweeping(platform, job, 2);

    expect(await requireRun(platform, ref)).toMatchObject({ state: 'completed', itemsProcessed: 60 });
  });
});

describe('a slice that no worker can start', () => {
  it('fails its run after being resent for some hours', async () => {
    const platform = testPlatform(db);
    connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [idempotentSink()] });
    const job = await givenFlow(platform);
    const ref = await startFlowRun(platform, job);
    const sent: number[] = [];

    for (let sweeps = 0; sweeps < 12; sweeps++) {
      sent.push(platform.slices.splice(0).length);
      platform.advance(61 * 60_000);
      await sweepTenant(platform, job.tenant);
    }

    expect(sent.reduce((sum, count) => sum + count)).toBe(9);
    expect(await requireRun(platform, ref)).toMatchObject({ state: 'failed', failure: { kind: 'lost' } });
  });
});

describe('cancelRun', () => {
  it('ends a flow run and its steps at once if no worker holds a task', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    connectOperators(platform, { sources: [replayableSource(2, 30)], sinks: [sink] });
    platform.sliceMs = 0;
    const ref = await startFlowRun(platform, await givenFlow(platform));
    await drainSlices(platform, platform, 2);
    const before = sink.deliveries;

    const canceled = await cancelRun(platform, ref, 'ana@acme.test');
    await drainSlices(platform);

    expect(canceled).toMatchObject({ canceledBy: 'ana@acme.test' });
    expect(await requireRun(platform, ref)).toMatchObject({ state: 'canceled', itemsProcessed: 20 });
    expect((await listChildren(platform.db, ref)).map(({ state }) => state)).toEqual(['canceled', 'canceled']);
    expect(sink.deliveries).toBe(before);
  });
});

describe('a failure', () => {
  it("fails the run with the sink's message if the failure is permanent", async () => {
    const platform = testPlatform(db);
    const refusing = {
      write: async () => {
        throw new FlowFailure('HTTP 403 from https://erp.example', { permanent: true });
      },
    };
    connectOperators(platform, { sources: [replayableSource(2, 30)], sinks: [refusing] });
    const ref = await startFlowRun(platform, await givenFlow(platform));

    await drainSlices(platform);

    expect(await requireRun(platform, ref)).toMatchObject({
      state: 'failed',
      failure: { kind: 'error', message: 'HTTP 403 from https://erp.example' },
      flow: { ended: { doneExporting: false, records: { exported: 0 } } },
    });
    expect((await listChildren(platform.db, ref)).map(({ state }) => state)).toEqual(['failed', 'failed']);
  });

  it('retries from the same page if the failure is transient, and is reset after two minutes of progress', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    let writes = 0;
    const moody = {
      ...sink,
      write: async (...page: Parameters<typeof sink.write>) => {
        writes++;
        if (writes % 3 === 0) throw new FlowFailure('HTTP 503 from https://erp.example', { permanent: false });
        return sink.write(...page);
      },
    };
    connectOperators(platform, { sources: [replayableSource(1, 100)], sinks: [moody] });
    const ref = await startFlowRun(platform, await givenFlow(platform));

    await drainSlices(platform);

    expect(ascending(sink.values())).toEqual(range(100));
    expect(await requireRun(platform, ref)).toMatchObject({ state: 'completed', itemsProcessed: 100 });
  });

  it('fails the run after the last attempt', async () => {
    const platform = testPlatform(db);
    let tries = 0;
    const down = {
      write: async () => {
        tries++;
        throw new FlowFailure('HTTP 503 from https://erp.example', { permanent: false });
      },
    };
    connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [down] });
    const retry = { attempts: 4, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 60 } as const;
    const ref = await startFlowRun(platform, await givenFlow(platform, {}, { retry }));

    await drainSlices(platform);

    expect(tries).toBe(4);
    expect(await requireRun(platform, ref)).toMatchObject({
      state: 'failed',
      failure: { message: 'HTTP 503 from https://erp.example' },
    });
  });

  it('stores a record that failed, and stops the run only with `onError: stop`', async () => {
    const platform = testPlatform(db);
    const picky = {
      write: async ({ records }: { records: readonly { value: unknown }[] }) => {
        const refused = records.flatMap(({ value }, index) => (value === 13 ? [{ index, message: 'unlucky' }] : []));
        return { refused, bytes: 1 };
      },
    };
    connectOperators(platform, { sources: [replayableSource(1, 30)], sinks: [picky] });
    const going = await startFlowRun(platform, await givenFlow(platform));
    const stopping = await startFlowRun(platform, await givenFlow(platform, { onError: 'stop' }));

    await drainSlices(platform);

    expect(await requireRun(platform, going)).toMatchObject({
      state: 'completed',
      flow: { ended: { records: { exported: 30, success: 29, error: 1 } } },
    });
    expect(await listRecordErrors(platform.db, going, { limit: 10 })).toMatchObject([
      { operator: 'sink_1', split: 0, page: 1, index: 3, message: 'unlucky', input: '13' },
    ]);
    expect(await requireRun(platform, stopping)).toMatchObject({
      state: 'failed',
      failure: { kind: 'error', message: 'a record failed at sink_1: unlucky' },
      flow: { ended: { records: { exported: 20, success: 19, error: 1 } } },
    });
  });

  it('leaves the run to the next attempt if planning failed', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    let plans = 0;
    const source = replayableSource(1, 30);
    const late = {
      ...source,
      plan: async (signal: AbortSignal) => {
        if (++plans === 1) throw new FlowFailure('HTTP 503 from https://shop.example', { permanent: false });
        return source.plan(signal);
      },
    };
    connectOperators(platform, { sources: [late], sinks: [sink] });
    const job = await givenFlow(platform);
    const ref = await startFlowRun(platform, job);
    platform.advance(60_000);
    await sweepTenant(platform, job.tenant);

    await processRunMessages(platform);
    await drainSlices(platform);

    expect(await requireRun(platform, ref)).toMatchObject({ state: 'completed', attempt: 2, itemsProcessed: 30 });
  });
});

describe('the timeout of a flow', () => {
  it('fails a run that exceeds it', async () => {
    const platform = testPlatform(db);
    connectOperators(platform, { sources: [replayableSource(2, 30)], sinks: [idempotentSink()] });
    const job = await givenFlow(platform, {}, { timeoutMs: 90_000 });
    const ref = await startFlowRun(platform, job);
    platform.slices.splice(0);
    platform.advance(91_000);

    await sweepTenant(platform, job.tenant);

    expect(await requireRun(platform, ref)).toMatchObject({ state: 'failed', failure: { kind: 'timeout' } });
  });
});

describe('purgeTenant', () => {
  it('removes all rows and objects of a run after its retention', async () => {
    const platform = testPlatform(db);
    connectOperators(platform, { sources: [replayableSource(2, 30)], sinks: [idempotentSink()] });
    const job = await givenFlow(platform);
    const ref = await startFlowRun(platform, job);
    await drainSlices(platform);

    platform.advance(31 * 24 * 3_600_000);
    await purgeTenant(platform, job.tenant);

    expect(await getRun(platform.db, ref)).toBeUndefined();
    expect(await listChildren(platform.db, ref)).toEqual([]);
    expect(await listTasks(platform.db, ref, 64)).toEqual([]);
    expect([...platform.objects.held.keys()]).toEqual([]);
  });
});
