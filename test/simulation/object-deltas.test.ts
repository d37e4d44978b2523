import { describe, expect, it } from 'vitest';
import type { Flow } from '../../functions/core/domain/flow/flow.ts';
import type { S3Source } from '../../functions/core/domain/flow/source.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Json } from '../../functions/core/domain/json.ts';
import { MINUTE_MS, RUN_CREATION_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { retryErrors } from '../../functions/core/engine/flow/errors/retry-errors.ts';
import { recordObjects } from '../../functions/core/engine/flow/record-objects.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { sweepDeletedJobs } from '../../functions/core/engine/sweep/purge.ts';
import { createS3Reader } from '../../functions/core/executors/flow/sources/s3.ts';
import { getFlowCursor, setFlowCursor } from '../../functions/core/store/flow-cursors.ts';
import { listLogLines } from '../../functions/core/store/flow-logs.ts';
import { deleteJob } from '../../functions/core/store/jobs.ts';
import { readObjectsFolder } from '../../functions/core/store/keys.ts';
import { findReadObjects, putReadObjects } from '../../functions/core/store/read-objects.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { httpContext } from '../helpers/builders/http-context.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { faultyObjects } from '../helpers/fakes/faulty-objects.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { aChain, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import {
  drainSlices,
  processRunMessages,
  recoverBySweeping,
  startFlowRun,
} from '../helpers/simulations/process-messages.ts';

const BY_OBJECT = { by: 'object' } as const;

interface Given {
  readonly source?: Partial<S3Source>;
  readonly flow?: Partial<Flow>;
  readonly chain?: ReturnType<typeof aChain>;
}

/** A flow that reads new files below `in/`, two records to a page. */
async function given({ source, flow, chain = aChain() }: Given = {}) {
  const platform = testPlatform(memoryDb());
  const spec = { id: 'source_1', type: 's3', prefix: 'in/', format: 'ndjson', delta: BY_OBJECT, ...source } as const;
  const sink = idempotentSink();
  platform.sliceMs = 0;
  platform.open = async (_, run) => {
    const { db, now, objects } = platform;
    const log = () => {};
    return {
      sources: [createS3Reader(spec, httpContext({ db, objects, run, now, log, pageSize: 2 }))],
      chain,
      sinks: [sink],
      taps: new Map(),
      async [Symbol.asyncDispose]() {},
    };
  };
  const job = await givenFlow(platform, {
    parallelism: 2,
    pageSize: 2,
    sources: [{ name: 'Files', ...spec }],
    ...flow,
  });
  const put = (name: string, ...ids: number[]) =>
    platform.objects.put(`data/${job.tenant}/${name}`, ids.join('\n'), 'text/plain');
  const files = () =>
    [...platform.objects.held.keys()]
      .filter((key) => key.startsWith(`data/${job.tenant}/`))
      .map((key) => key.slice(`data/${job.tenant}/`.length))
      .sort();
  return { platform, sink, job, put, files };
}

async function run(platform: TestPlatform, job: Job): Promise<string | undefined> {
  const ref = await startFlowRun(platform, job);
  await drainSlices(platform);
  return (await getRun(platform.db, ref))?.state;
}

const refOf = ({ tenant, id: jobId, incarnation }: Job) => ({ tenant, jobId, incarnation });
const storedOf = (platform: TestPlatform, job: Job) => findReadObjects(platform, refOf(job), 'source_1');
const cursorOf = async ({ db }: TestPlatform, job: Job) => (await getFlowCursor(db, refOf(job), 'source_1'))?.cursor;
const sorted = (values: readonly Json[]) => [...(values as readonly number[])].sort((a, b) => a - b);
const failing =
  (bad: number) =>
  (records: readonly Json[]): Awaited<ReturnType<ReturnType<typeof aChain>['apply']>> => ({
    outputs: records.flatMap((value, origin) => (value === bad ? [] : [{ value, origin }])),
    errors: records.flatMap((input, origin) =>
      input === bad ? [{ transform: 0, origin, input, message: 'refused' }] : [],
    ),
    outputsByTransform: [],
    counts: [],
  });

describe('a source that reads new objects', () => {
  it('reads the objects that were added or changed since its last run', async () => {
    const { platform, sink, job, put } = await given();
    await put('in/a', 1, 2, 3);
    await put('in/c', 4);
    await run(platform, job);
    await put('in/b', 5);
    await put('in/c', 6);

    const state = await run(platform, job);

    expect(state).toBe('completed');
    expect(sorted(sink.values())).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await cursorOf(platform, job)).toBe('in/c');
  });

  it('reads nothing if nothing is new', async () => {
    const { platform, sink, job, put } = await given();
    await put('in/a', 1);
    await run(platform, job);

    const state = await run(platform, job);

    expect([state, sink.deliveries]).toEqual(['completed', 1]);
  });

  it('reads an object again that was removed and returned', async () => {
    const { platform, sink, job, put } = await given();
    await put('in/a', 1);
    await run(platform, job);
    await platform.objects.remove(`data/${job.tenant}/in/a`);
    await put('in/b', 2);
    await run(platform, job);
    await put('in/a', 1);

    await run(platform, job);

    expect(sorted(sink.values())).toEqual([1, 1, 2]);
    expect((await storedOf(platform, job)).fingerprints?.size).toBe(2);
  });

  it('keeps one list of what was read', async () => {
    const { platform, job, put } = await given();
    for (const name of ['a', 'b', 'c']) {
      await put(`in/${name}`, 1);
      await run(platform, job);
    }

    const lists = [...platform.objects.held.keys()].filter((key) => key.startsWith(readObjectsFolder(refOf(job))));

    expect(lists).toHaveLength(1);
  });

  it('reads the rest of the objects after a run that was canceled', async () => {
    const { platform, sink, job, put } = await given({ flow: { parallelism: 1 } });
    await put('in/a', 1);
    await put('in/b', 2, 3, 4);
    const ref = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 2);
    await cancelRun(platform, ref, 'ana');
    await drainSlices(platform);
    expect(await getRun(platform.db, ref)).toMatchObject({ state: 'canceled' });
    expect(await cursorOf(platform, job)).toBe('in/a');

    await run(platform, job);

    expect(sink.values()).toEqual([1, 2, 3, 2, 3, 4]);
  });

  it('reads an object again with a record at which the flow stopped, and no other', async () => {
    const chain = { ...aChain(), apply: async (records: readonly Json[]) => failing(2)(records) };
    const { platform, sink, job, put } = await given({ flow: { onError: 'stop', parallelism: 1 }, chain });
    await put('in/a', 1);
    await put('in/b', 2);
    expect(await run(platform, job)).toBe('failed');
    expect(await cursorOf(platform, job)).toBe('in/a');
    Object.assign(chain, aChain());

    await run(platform, job);

    expect(sink.values()).toEqual([1, 2]);
  });

  it('does not read an object again with a failed record, if the flow continues', async () => {
    const chain = { ...aChain(), apply: async (records: readonly Json[]) => failing(2)(records) };
    const { platform, sink, job, put } = await given({ chain });
    await put('in/a', 1, 2);
    await run(platform, job);

    await run(platform, job);

    expect(sink.deliveries).toBe(1);
  });

  it('records nothing in a run that retries errors', async () => {
    const chain = { ...aChain(), apply: async (records: readonly Json[]) => failing(2)(records) };
    const { platform, job, put } = await given({ chain });
    await put('in/a', 1, 2);
    await run(platform, job);
    const before = await storedOf(platform, job);
    Object.assign(chain, aChain());

    const { run: retried } = await retryErrors(platform, job, {});
    await drainSlices(platform);

    const ended = await getRun(platform.db, retried ?? expect.fail('no error matches'));
    expect(ended).toMatchObject({ state: 'completed', itemsProcessed: 1 });
    expect(await storedOf(platform, job)).toEqual(before);
  });

  it('records the objects of a restarted run like those of the run before', async () => {
    const { platform, sink, job, put } = await given({ flow: { parallelism: 1 } });
    await put('in/a', 1);
    await put('in/b', 2, 3, 4);
    const first = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 2);
    await cancelRun(platform, first, 'ana');
    await drainSlices(platform);
    const stopped = await getRun(platform.db, first);

    const next = await restartRun(platform, job, stopped ?? expect.fail('the run does not exist'), {});
    await processRunMessages(platform);
    await drainSlices(platform);

    expect(await getRun(platform.db, next)).toMatchObject({ state: 'completed' });
    expect(sink.values()).toEqual([1, 2, 3, 4]);
    await run(platform, job);
    expect(sink.values()).toEqual([1, 2, 3, 4]);
  });

  it('does not record what it read if its cursor was set during the run', async () => {
    const { platform, sink, job, put, files } = await given({ source: { afterwards: { move: 'done/' } } });
    await put('in/a', 1);
    const ref = await startFlowRun(platform, job);
    await setFlowCursor(platform.db, refOf(job), 'source_1', undefined, { cursor: null, path: 'in/' });

    await drainSlices(platform);

    expect(files()).toEqual(['in/a']);
    expect((await storedOf(platform, job)).fingerprints?.size).toBe(0);
    expect(await listLogLines(platform.db, ref, { limit: 100, matches: () => true })).toContainEqual(
      expect.objectContaining({ message: 'the cursor of source_1 was set during the run and is kept' }),
    );
    await run(platform, job);
    expect(sink.values()).toEqual([1, 1]);
    expect(files()).toEqual(['done/a']);
  });

  it('reads everything again once its cursor is set to null', async () => {
    const { platform, sink, job, put } = await given();
    await put('in/a', 1);
    await run(platform, job);
    const seen = await getFlowCursor(platform.db, refOf(job), 'source_1');

    await setFlowCursor(platform.db, refOf(job), 'source_1', seen, { cursor: null, path: 'in/' });
    await run(platform, job);

    expect(sink.values()).toEqual([1, 1]);
  });

  it('adds what it read to what another run stored meanwhile', async () => {
    const { platform, job, put } = await given();
    await put('in/a', 1);
    await startFlowRun(platform, job);
    const other = { generation: 0, cursor: 'in/b', prefix: 'in/', startedAt: null, fingerprints: new Set(['of b']) };
    await putReadObjects(platform, refOf(job), 'source_1', 0, other, 'OTHER');

    await drainSlices(platform);

    const { fingerprints, cursor, version } = await storedOf(platform, job);
    expect([fingerprints?.size, cursor, version]).toEqual([2, 'in/b', 2]);
  });

  it('fails with a clear error if the list of what was read is missing', async () => {
    const { platform, job, put } = await given();
    await put('in/a', 1);
    await run(platform, job);
    await platform.objects.removeAll(readObjectsFolder(refOf(job)));

    const ref = await startFlowRun(platform, job);
    await drainSlices(platform);

    const message =
      's3: the list of the objects that source_1 has read is missing: set its cursor to null to read all again';
    expect(await getRun(platform.db, ref)).toMatchObject({ state: 'failed', failure: { message } });
  });
});

describe('putReadObjects', () => {
  it('stores nothing if another run stored what it read since', async () => {
    const { platform, job } = await given();
    const objects = { generation: 0, cursor: 'a', prefix: 'in/', startedAt: null, fingerprints: new Set(['a']) };
    await putReadObjects(platform, refOf(job), 'source_1', 0, objects, 'ONE');

    const isStored = await putReadObjects(platform, refOf(job), 'source_1', 0, { ...objects, cursor: 'b' }, 'TWO');

    expect(isStored).toBe(false);
    expect(await storedOf(platform, job)).toMatchObject({ cursor: 'a', fingerprints: new Set(['a']) });
  });
});

describe('a source whose prefix has a placeholder', () => {
  it('begins at the folder of its cursor', async () => {
    const source = { prefix: 'in/{{delta.cursor}}/', delta: { ...BY_OBJECT, start: '2026-01-02' } };
    const { platform, sink, job, put } = await given({ source });
    await put('in/2026-01-01/a', 1);
    await put('in/2026-01-02/a', 2);
    await put('in/2026-01-03/a', 3);
    await run(platform, job);
    await put('in/2026-01-02/b', 4);
    await put('in/2026-01-03/b', 5);
    await put('in/2026-01-04/a', 6);

    await run(platform, job);

    expect(sorted(sink.values())).toEqual([2, 3, 5, 6]);
    expect(await cursorOf(platform, job)).toBe('2026-01-04');
    expect((await storedOf(platform, job)).fingerprints?.size).toBe(3);
  });

  it('begins at the day on which the last run was planned that read everything', async () => {
    const { platform, sink, job, put } = await given({ source: { prefix: 'in/{{lastRun.startedAt}}/' } });
    await put('in/2031-05-05/a', 1);
    await put('in/2031-05-06/a', 2);
    await run(platform, job);
    await put('in/2031-05-05/b', 3);
    await put('in/2031-05-06/b', 4);

    await run(platform, job);

    expect(sorted(sink.values())).toEqual([1, 2, 4]);
  });

  it('keeps its cursor at the folder of an object that was not read', async () => {
    const chain = { ...aChain(), apply: async (records: readonly Json[]) => failing(1)(records) };
    const source = { prefix: 'in/{{delta.cursor}}/' };
    const { platform, sink, job, put } = await given({ source, flow: { onError: 'stop', parallelism: 1 }, chain });
    await put('in/1/a', 1);
    await put('in/2/a', 2);
    expect(await run(platform, job)).toBe('failed');
    expect(await cursorOf(platform, job)).toBeNull();
    Object.assign(chain, aChain());

    await run(platform, job);

    expect(sorted(sink.values())).toEqual([1, 2]);
    expect(await cursorOf(platform, job)).toBe('2');
  });
});

describe('a source that moves what it has read', () => {
  it('moves objects after the run, and reads one again that is uploaded anew', async () => {
    const { platform, sink, job, put, files } = await given({ source: { afterwards: { move: 'done/' } } });
    await put('in/a', 1);
    await put('in/b/c', 2);
    await run(platform, job);
    expect(files()).toEqual(['done/a', 'done/b/c']);
    platform.advance(1_000);
    await put('in/a', 1);

    await run(platform, job);

    expect(sorted(sink.values())).toEqual([1, 1, 2]);
    expect(files()).toEqual(['done/a', 'done/b/c']);
  });

  it('leaves an object at its place that changed after it was read', async () => {
    const { platform, sink, job, put, files } = await given({ source: { afterwards: { move: 'done/' } } });
    await put('in/a', 1);
    await startFlowRun(platform, job);
    const { recordObjects: record } = platform;
    Object.assign(platform, {
      recordObjects: async (...run: Parameters<typeof record>) => {
        await put('in/a', 2);
        return record(...run);
      },
    });
    await drainSlices(platform);
    expect(files()).toEqual(['in/a']);

    await run(platform, job);

    expect(sink.values()).toEqual([1, 2]);
  });

  it('logs why objects were not moved, and completes', async () => {
    const { platform, job, put } = await given({ source: { afterwards: { move: 'done/' } } });
    await put('in/a', 1);
    const files = { ...platform.objects.files, move: async () => 'AccessDenied' };
    Object.assign(platform, {
      recordObjects: (...[on, ...parameters]: Parameters<TestPlatform['recordObjects']>) =>
        recordObjects(on, files, ...parameters),
    });

    const ref = await startFlowRun(platform, job);
    await drainSlices(platform);

    expect(await getRun(platform.db, ref)).toMatchObject({ state: 'completed' });
    const message = 'source_1: 1 objects were not moved: in/a: AccessDenied';
    expect(await listLogLines(platform.db, ref, { limit: 100, matches: () => true })).toContainEqual(
      expect.objectContaining({ level: 'warn', message }),
    );
  });

  it('continues in further messages if a minute is not enough', async () => {
    const { platform, job, put, files } = await given({ source: { afterwards: { move: 'done/' } } });
    for (let i = 0; i < 40; i++) await put(`in/${i}`, i);
    const { files: fast } = platform.objects;
    const slow: typeof fast = {
      ...fast,
      async move(...object) {
        platform.advance(5_000);
        return fast.move(...object);
      },
    };
    let calls = 0;
    Object.assign(platform, {
      recordObjects: (...[on, ...parameters]: Parameters<TestPlatform['recordObjects']>) => {
        calls++;
        return recordObjects(on, slow, ...parameters);
      },
    });

    const state = await run(platform, job);

    expect(state).toBe('completed');
    expect(calls).toBeGreaterThan(1);
    expect(files().every((name) => name.startsWith('done/'))).toBe(true);
  });
});

describe('a source that tags what it has read', () => {
  it('tags objects after the run and does not read them again', async () => {
    const { platform, sink, job, put } = await given({ source: { afterwards: { tag: { state: 'read' } } } });
    await put('in/a', 1);
    await run(platform, job);

    await run(platform, job);

    expect(sink.values()).toEqual([1]);
    expect([...platform.objects.tags]).toEqual([[`data/${job.tenant}/in/a`, { state: 'read' }]]);
  });
});

describe('a run that records objects', () => {
  it('waits for a worker to end it, because the sweeper may not change files', async () => {
    const { platform, job, put } = await given();
    await put('in/a', 1);
    const ref = await startFlowRun(platform, job);
    const { recordObjects: _, ...limited } = platform;
    await drainSlices(platform, limited as TestPlatform, 1);
    expect(await getRun(platform.db, ref)).toMatchObject({ state: 'running' });

    await processRunMessages(platform);

    expect(await getRun(platform.db, ref)).toMatchObject({ state: 'completed' });
    expect(await cursorOf(platform, job)).toBe('in/a');
  });

  it.each([false, true])(
    'loses and repeats no record, in spite of a crash at any call: after it %s',
    async (answerIsLost) => {
      for (let call = 1, crashed = true; crashed; call++) {
        const { platform, sink, job, put, files } = await given({ source: { afterwards: { move: 'done/' } } });
        await put('in/a', 1, 2, 3);
        await put('in/b', 4);
        crashed = false;
        await startFlowRun(platform, job);
        const crashing = withDb(platform, faultyDb(platform.db, { crashAtCall: call, answerIsLost }));
        await drainSlices(platform, crashing).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          crashed = true;
        });
        await recoverBySweeping(platform, job);
        await put('in/c', 5);
        await run(platform, job);
        await recoverBySweeping(platform, job);

        expect(sorted(sink.values())).toEqual([1, 2, 3, 4, 5]);
        expect(sink.contradictions).toEqual([]);
        expect(files()).toEqual(['done/a', 'done/b', 'done/c']);
      }
    },
  );

  it.each([false, true])(
    'records and moves all objects in spite of a crash at any call of S3: after it %s',
    async (answerIsLost) => {
      for (let call = 1, crashed = true; crashed; call++) {
        const { platform, sink, job, put, files } = await given({ source: { afterwards: { move: 'done/' } } });
        await put('in/a', 1);
        await put('in/b', 2);
        crashed = false;
        await startFlowRun(platform, job);
        const objects = faultyObjects(platform.objects, { crashAtCall: call, answerIsLost });
        const crashing: TestPlatform = {
          ...platform,
          objects,
          recordObjects: (on, ...parameters) => recordObjects({ ...on, objects }, objects.files, ...parameters),
        };
        await drainSlices(platform, crashing).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          crashed = true;
        });
        await recoverBySweeping(platform, job);
        await run(platform, job);

        expect(sorted(sink.values())).toEqual([1, 2]);
        expect(files()).toEqual(['done/a', 'done/b']);
        expect((await storedOf(platform, job)).fingerprints?.size).toBeGreaterThan(0);
      }
    },
  );
});

describe('a deleted flow', () => {
  it('leaves no list of what it read', async () => {
    const { platform, job, put } = await given();
    await put('in/a', 1);
    await run(platform, job);

    await deleteJob(platform.db, job, new Date(platform.now()).toISOString());
    platform.advance(RUN_CREATION_GRACE_MS + MINUTE_MS);
    await sweepDeletedJobs(platform, job.tenant);

    expect([...platform.objects.held.keys()].filter((key) => key.startsWith('runs/'))).toEqual([]);
    expect(await getFlowCursor(platform.db, refOf(job), 'source_1')).toBeUndefined();
  });
});
