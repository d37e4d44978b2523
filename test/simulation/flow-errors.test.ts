import { describe, expect, it } from 'vitest';
import { publicErrorId } from '../../functions/core/domain/flow/error-id.ts';
import type { Flow } from '../../functions/core/domain/flow/flow.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Json } from '../../functions/core/domain/json.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { DAY_MS } from '../../functions/core/domain/timing.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { findErrors } from '../../functions/core/engine/flow/errors/find-errors.ts';
import { resolveErrors } from '../../functions/core/engine/flow/errors/resolve-errors.ts';
import { retryErrors } from '../../functions/core/engine/flow/errors/retry-errors.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { purgeFlowRuns } from '../../functions/core/engine/sweep/purge.ts';
import type { Chain } from '../../functions/core/executors/flow/chain.ts';
import type { OpenFlow } from '../../functions/core/executors/flow/open-flow.ts';
import type { SinkPage, SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import { createDynamoDbWriter } from '../../functions/core/executors/flow/sinks/dynamodb.ts';
import { createS3Writer } from '../../functions/core/executors/flow/sinks/s3.ts';
import type { SourceReader } from '../../functions/core/executors/flow/source-reader.ts';
import {
  claimError,
  editError,
  hasRunsWithErrors,
  putRunWithErrors,
  resolveError,
  walkErrors,
} from '../../functions/core/store/error-work.ts';
import { jobRefOf } from '../../functions/core/store/keys.ts';
import { removeRecords } from '../../functions/core/store/output.ts';
import { listRecordErrors, putRecordErrors } from '../../functions/core/store/record-errors.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { httpContext } from '../helpers/builders/http-context.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import {
  drainSlices,
  processRunMessages,
  recoverBySweeping,
  startFlowRun,
} from '../helpers/simulations/process-messages.ts';

interface Order {
  readonly id: number;
}

const idOf = (value: Json): number => (value as unknown as Order).id;

/** Ids of the orders that fail at the transform and at the sink. A test removes an id to repair the cause. */
interface Faults {
  readonly transform: Set<number>;
  readonly sink: Set<number>;
}

/** A source of the orders 1 to 4 in pages of two; the text between them could not be read. */
function ordersSource(): SourceReader {
  return {
    staged: false,
    unbounded: false,
    plan: async () => [null],
    async *read(_, position) {
      if (position === null) yield { records: [{ value: { id: 1 } }, { value: { id: 2 } }], bytes: 2, next: 1 };
      const failed = { input: '{"id":', message: 'line 3: no JSON' };
      yield { records: [{ failed }, { value: { id: 3 } }, { value: { id: 4 } }], bytes: 3, next: null };
    },
  };
}

/** Two transforms: the second one fails for the ids of the faults. Records the ids that each of them receives. */
function aFaultyChain(faults: Faults, received: number[][]): Chain {
  return {
    async apply(values, _, from = 0) {
      const at = (transform: number) => (transform < from ? [] : values.map(idOf));
      received[0]?.push(...at(0));
      received[1]?.push(...at(1));
      const outputs = values.flatMap((value, origin) => (faults.transform.has(idOf(value)) ? [] : [{ value, origin }]));
      const errors = values.flatMap((input, origin) =>
        faults.transform.has(idOf(input)) ? [{ transform: 1, origin, input, message: 'no total' }] : [],
      );
      const counts = [0, 1].map((transform) => ({
        in: at(transform).length,
        out: transform === 0 ? at(0).length : outputs.length,
        errors: transform === 1 ? errors.length : 0,
        ignored: 0,
      }));
      return { outputs, errors, counts, outputsByTransform: [[], outputs] };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** A sink that refuses the ids of the faults and lists what it takes with the keys. */
function aFaultySink(faults: Faults): SinkWriter & {
  readonly taken: string[];
  readonly pages: SinkPage[];
  /** Runs before each write. */
  meanwhile: () => Promise<unknown>;
} {
  const taken: string[] = [];
  const pages: SinkPage[] = [];
  return {
    taken,
    pages,
    meanwhile: async () => undefined,
    async write(page) {
      await this.meanwhile();
      pages.push(page);
      const refused = page.records.flatMap(({ value }, index) =>
        faults.sink.has(idOf(value)) ? [{ index, message: 'refused' }] : [],
      );
      const left = page.records.filter(({ value }) => !faults.sink.has(idOf(value)));
      taken.push(...left.map(({ value }) => `${page.key.page}:${idOf(value)}`));
      return { refused, bytes: 1 };
    },
  };
}

async function given(
  { transform = [], sink = [] }: { readonly transform?: number[]; readonly sink?: number[] } = {},
  overrides: Partial<Job> = {},
) {
  const faults: Faults = { transform: new Set(transform), sink: new Set(sink) };
  const platform = testPlatform(memoryDb());
  const received: number[][] = [[], []];
  const target = aFaultySink(faults);
  const payloads: (Json | undefined)[] = [];
  platform.open = async (_, run, __, ___, payload): Promise<OpenFlow> => {
    payloads.push(payload);
    const context = httpContext({ db: platform.db, objects: platform.objects, run, now: platform.now });
    return {
      sources: [ordersSource()],
      chain: aFaultyChain(faults, received),
      sinks: [
        target,
        createS3Writer({ id: 'sink_2', type: 's3', key: 'out/{page}.ndjson', format: 'ndjson' }, context),
        createDynamoDbWriter({ id: 'sink_3', type: 'dynamodb', collection: 'orders', key: null }, context),
      ],
      taps: new Map(),
      async [Symbol.asyncDispose]() {},
    };
  };
  const job = await givenFlow(platform, FLOW, overrides);
  return { platform, job, faults, received, target, payloads };
}

const FLOW: Partial<Flow> = {
  pageSize: 2,
  parallelism: 1,
  transforms: [
    { id: 'map_1', name: 'First', type: 'map', to: '$' },
    { id: 'map_2', name: 'Second', type: 'map', to: '$' },
  ],
  sinks: [
    { id: 'sink_1', name: 'ERP', type: 'preview' },
    { id: 'sink_2', name: 'Files', type: 's3', key: 'out/{page}.ndjson', format: 'ndjson' },
    { id: 'sink_3', name: 'Orders', type: 'dynamodb', collection: 'orders', key: null },
  ],
};

async function run(platform: TestPlatform, job: Job): Promise<Run> {
  const ref = await startFlowRun(platform, job);
  await drainSlices(platform);
  return (await getRun(platform.db, ref)) as Run;
}

/** Starts a retry of all errors and processes it. */
async function retry(platform: TestPlatform, job: Job, ids?: readonly string[]): Promise<Run | null> {
  const { run: started } = await retryErrors(platform, job, ids ? { ids } : {});
  await drainSlices(platform);
  return started && ((await getRun(platform.db, started)) ?? null);
}

async function errorsOf(platform: TestPlatform, job: Job) {
  const { errors } = await findErrors(platform, job, { limit: 100 });
  return errors.map(({ run: { ulid }, error, status }) => ({
    id: publicErrorId({ ...jobRefOf(job), ulid }, error),
    operator: error.operator,
    status,
    attempts: error.attempts,
    message: error.message,
    resolvedBy: error.resolvedBy,
  }));
}

async function errorsAt(platform: TestPlatform, job: Job, operator: string) {
  const { errors } = await findErrors(platform, job, { limit: 100, filter: { operator } });
  return errors;
}

const keysOf = ({ objects }: TestPlatform): readonly string[] => [...objects.held.keys()];

const recordsOf = (ended: Run | null) => ended?.flow?.ended?.records;

describe('a retry of errors', () => {
  it('runs a record from the transform at which it failed, and resolves its error', async () => {
    const { platform, job, faults, received, target } = await given({ transform: [2] });
    await run(platform, job);
    faults.transform.clear();
    received.splice(0, 2, [], []);

    const ended = await retry(platform, job);

    expect(received).toEqual([[], [2]]);
    expect(target.taken).toEqual(['0:1', '1:3', '1:4', '0:2']);
    expect(ended).toMatchObject({ state: 'completed', trigger: 'manual' });
    expect(recordsOf(ended)).toMatchObject({ exported: 1, success: 1, error: 0, ignored: 0 });
    expect((await errorsOf(platform, job)).filter(({ operator }) => operator === 'map_2')).toMatchObject([
      { status: 'resolved', resolvedBy: 'retry', attempts: 1 },
    ]);
  });

  it('sends a record that a sink refused to this sink only, with its place in the page', async () => {
    const { platform, job, faults, received, target } = await given({ sink: [2] });
    await run(platform, job);
    faults.sink.clear();
    received.splice(0, 2, [], []);

    await retry(platform, job);

    expect(received).toEqual([[], []]);
    expect(target.pages.at(-1)).toMatchObject({
      key: { split: 0, page: 0, part: 'sink_1.1' },
      records: [{ value: { id: 2 }, former: { origin: 1, ordinal: 0, output: 1 } }],
    });
    expect(keysOf(platform).filter((key) => key.startsWith('data/'))).toHaveLength(2);
  });

  it('opens an error again with another attempt if the record fails again', async () => {
    const { platform, job } = await given({ sink: [2] });
    await run(platform, job);
    const before = await errorsAt(platform, job, 'sink_1');

    const ended = await retry(platform, job);

    expect(recordsOf(ended)).toMatchObject({ exported: 1, success: 0, error: 1 });
    const after = await errorsAt(platform, job, 'sink_1');
    expect(after).toMatchObject([{ status: 'open', error: { attempts: 2, message: 'refused', index: 1 } }]);
    expect(after[0]?.run.ulid).toBe(before[0]?.run.ulid);
    expect(await listRecordErrors(platform.db, ended as Run, { limit: 10 })).toHaveLength(1);
  });

  it('names the operator if the record fails at a later one', async () => {
    const { platform, job, faults } = await given({ transform: [2] });
    await run(platform, job);
    faults.transform.clear();
    faults.sink.add(2);

    await retry(platform, job);

    expect(await errorsAt(platform, job, 'map_2')).toMatchObject([
      { status: 'open', error: { attempts: 2, message: 'sink_1: refused' } },
    ]);
  });

  it('runs the record that replaces unread input from the first transform', async () => {
    const { platform, job, received, target } = await given();
    await run(platform, job);
    const [unread] = await errorsAt(platform, job, 'source_1');
    expect(await retry(platform, job)).toBeNull();
    if (!unread) throw new Error('the unread input has no error');
    await editError(platform.db, unread.run, unread.error, { edited: '{"id":9}' });
    received.splice(0, 2, [], []);

    await retry(platform, job);

    expect(received).toEqual([[9], [9]]);
    expect(target.taken.at(-1)).toBe('1:9');
    expect(await errorsAt(platform, job, 'source_1')).toMatchObject([{ status: 'resolved' }]);
  });

  it('writes beside the objects and items of the page, and over those of a former retry', async () => {
    const { platform, job, faults } = await given({ transform: [2] });
    const first = await run(platform, job);
    faults.transform.clear();
    faults.sink.add(2);
    await retry(platform, job);
    const afterFirst = new Map(keysOf(platform).map((key) => [key, platform.objects.held.get(key)]));
    faults.sink.clear();

    await retry(platform, job);

    const files = keysOf(platform).filter((key) => key.startsWith('data/'));
    const name = `data/${job.tenant}/out/${first.ulid}-00000-000000000`;
    expect(files).toContain(`${name}.ndjson`);
    expect(files).toContain(`${name}-map_2.1.ndjson`);
    expect(platform.objects.held.get(`${name}.ndjson`)).toBe('{"id":1}\n');
    expect(platform.objects.held.get(`${name}-map_2.1.ndjson`)).toBe('{"id":2}\n');
    expect(files.every((key) => afterFirst.has(key))).toBe(true);
  });

  it('leaves an error to the retry that has claimed it while that one is active', async () => {
    const { platform, job, faults, target } = await given({ sink: [2] }, { overlapPolicy: 'allow' });
    await run(platform, job);
    faults.sink.clear();
    const [first, second] = [await retryErrors(platform, job, {}), await retryErrors(platform, job, {})];
    await processRunMessages(platform);
    const [seen] = await errorsAt(platform, job, 'sink_1');
    await claimFor(platform, seen, first.run?.ulid ?? '');
    platform.slices.reverse();

    await drainSlices(platform);

    expect(target.taken.filter((each) => each === '0:2')).toHaveLength(1);
    const ended = await Promise.all([first, second].map(async (each) => each.run && getRun(platform.db, each.run)));
    expect(ended.map((each) => recordsOf(each ?? null)?.exported)).toEqual([1, 0]);
    expect(await errorsAt(platform, job, 'sink_1')).toMatchObject([{ status: 'resolved' }]);
  });

  it('claims no error that another retry has claimed since it was read', async () => {
    const { platform, job } = await given({ sink: [2] });
    await run(platform, job);
    const [seen] = await errorsAt(platform, job, 'sink_1');
    if (!seen) throw new Error('the refused record has no error');

    const claims = [];
    for (const ulid of ['A', 'B']) claims.push(await claimError(platform.db, seen.run, seen.error, ulid));

    expect(claims.map((claimed) => claimed?.retry)).toEqual(['A', undefined]);
  });

  it('creates no error anew that expired during its retry', async () => {
    const { platform, job, faults, target } = await given({ sink: [2] });
    await run(platform, job);
    faults.sink.clear();
    const { run: started } = await retryErrors(platform, job, {});
    const [seen] = await errorsAt(platform, job, 'sink_1');
    if (!seen) throw new Error('the refused record has no error');
    target.meanwhile = () => removeRecords(platform.db, seen.run);

    await drainSlices(platform);

    const ended = started && (await getRun(platform.db, started));
    expect(recordsOf(ended ?? null)).toMatchObject({ exported: 1, success: 1 });
    expect(await errorsOf(platform, job)).toEqual([]);
  });

  it('leaves an error open if its run is canceled, and the next retry takes it', async () => {
    const { platform, job, faults, target } = await given({ sink: [2] });
    await run(platform, job);
    faults.sink.clear();
    const { run: canceled } = await retryErrors(platform, job, {});
    await processRunMessages(platform);
    if (!canceled) throw new Error('no run was started');
    const [seen] = await errorsAt(platform, job, 'sink_1');
    await claimFor(platform, seen, canceled.ulid);
    expect(await errorsAt(platform, job, 'sink_1')).toMatchObject([{ status: 'retrying' }]);
    await cancelRun(platform, canceled, 'ada');
    await drainSlices(platform);
    await recoverBySweeping(platform, job);
    expect(await errorsAt(platform, job, 'sink_1')).toMatchObject([{ status: 'open', error: { attempts: 1 } }]);

    await retry(platform, job);

    expect(target.taken.filter((each) => each === '0:2')).toHaveLength(1);
    expect(await errorsAt(platform, job, 'sink_1')).toMatchObject([{ status: 'resolved' }]);
  });

  it('uses the definition at the retry, and retries nothing of an operator that is gone', async () => {
    const { platform, job } = await given({ transform: [2] });
    await run(platform, job);
    const [map] = FLOW.transforms ?? [];
    const target = { type: 'flow', flow: { ...flowOf(job), transforms: map ? [map] : [] } } as const;
    const changed = { ...job, target };

    const { run: started, matched } = await retryErrors(platform, changed, {});

    expect([started, matched]).toEqual([null, 0]);
  });

  it('gives expressions the payload of the run in which the record failed', async () => {
    const { platform, job, faults, payloads } = await given({ sink: [2] });
    await triggerJob(platform, job, undefined, { input: { payload: { rate: 2 } }, tags: [], note: null });
    await drainSlices(platform);
    faults.sink.clear();
    payloads.splice(0);

    await retry(platform, job);

    expect(payloads).toContainEqual({ rate: 2 });
    expect(await errorsAt(platform, job, 'sink_1')).toMatchObject([{ status: 'resolved' }]);
  });

  it('delivers each record once and counts each attempt once, in spite of a crash at any call', async () => {
    for (const answerIsLost of [true, false]) {
      for (let call = 1, crashed = true; crashed; call++) {
        const { platform, job, faults, target } = await given({ transform: [1], sink: [2, 3] });
        await run(platform, job);
        faults.transform.clear();
        faults.sink.delete(2);
        const crashing = withDb(platform, faultyDb(platform.db, { crashAtCall: call, answerIsLost }));
        crashed = false;
        const { run: started } = await retryErrors(platform, job, {});
        await drainSlices(platform, crashing).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          crashed = true;
        });

        await recoverBySweeping(platform, job);

        const ended = started && (await getRun(platform.db, started));
        expect(ended?.state, `call ${call}`).toBe('completed');
        expect(recordsOf(ended ?? null), `call ${call}`).toMatchObject({ exported: 3, success: 2, error: 1 });
        const states = (await errorsOf(platform, job)).map(({ operator, status, attempts }) => [
          operator,
          status,
          attempts,
        ]);
        expect(states, `call ${call}`).toEqual([
          ['map_2', 'resolved', 1],
          ['sink_1', 'resolved', 1],
          ['sink_1', 'open', 2],
          ['source_1', 'open', 1],
        ]);
        expect(new Set(target.taken)).toEqual(new Set(['1:4', '0:1', '0:2']));
      }
    }
  });

  it('starts one run for requests with the same idempotency key', async () => {
    const { platform, job } = await given({ sink: [2] });
    await run(platform, job);

    const first = await retryErrors(platform, job, {}, 'key');
    await drainSlices(platform);
    const second = await retryErrors(platform, job, {}, 'key');

    expect(second.run?.ulid).toBe(first.run?.ulid);
    expect([first.matched, second.matched]).toEqual([1, 1]);
  });
});

describe('the resolution of errors', () => {
  it('resolves open errors, which no retry finds then', async () => {
    const { platform, job } = await given({ sink: [2] });
    await run(platform, job);

    const resolved = await resolveErrors(platform, job, {}, 'ada');

    expect(resolved).toEqual({ matched: 2, next: null });
    expect(await errorsOf(platform, job)).toMatchObject([
      { status: 'resolved', resolvedBy: 'ada' },
      { status: 'resolved', resolvedBy: 'ada' },
    ]);
    expect((await retryErrors(platform, job, {})).run).toBeNull();
  });

  it('resolves no error that a retry has claimed since it was read', async () => {
    const { platform, job } = await given({ sink: [2] });
    await run(platform, job);
    const [seen] = await errorsAt(platform, job, 'sink_1');
    if (!seen) throw new Error('the refused record has no error');
    await claimFor(platform, seen, 'A');

    const resolved = await resolveError(platform.db, seen.run, seen.error, { resolvedAt: 'now', resolvedBy: 'ada' });

    expect(resolved).toBe(false);
  });
});

describe('the edit of an error', () => {
  it('changes no record that a retry has claimed since it was read', async () => {
    const { platform, job } = await given({ sink: [2] });
    await run(platform, job);
    const [seen] = await errorsAt(platform, job, 'sink_1');
    if (!seen) throw new Error('the refused record has no error');
    await claimFor(platform, seen, 'A');

    const edited = await editError(platform.db, seen.run, seen.error, { edited: '{"id":9}' });
    const noted = await editError(platform.db, seen.run, seen.error, { note: 'asked the shop' });

    expect(edited).toBeUndefined();
    expect(noted).toMatchObject({ note: 'asked the shop', retry: 'A' });
    expect(noted).not.toHaveProperty('edited');
  });
});

describe('the revision of an error', () => {
  it('overwrites no edit that was made since the error was read', async () => {
    const { platform, job } = await given({ sink: [2] });
    await run(platform, job);
    const [seen] = await errorsAt(platform, job, 'sink_1');
    if (!seen) throw new Error('the refused record has no error');

    const first = await editError(platform.db, seen.run, seen.error, { edited: '{"id":9}' });
    const second = await editError(platform.db, seen.run, seen.error, { edited: '{"id":8}' });

    expect(first).toMatchObject({ edited: '{"id":9}', revision: 1 });
    expect(second).toBeUndefined();
  });
});

describe('the list of errors', () => {
  it('has no entry of a run without errors, and none of a run that was purged', async () => {
    const { platform, job } = await given({ sink: [2] });
    await run(platform, job);
    expect(await hasRunsWithErrors(platform.db, jobRefOf(job))).toBe(true);
    platform.advance(400 * DAY_MS);

    await purgeFlowRuns(platform, job.tenant, platform.now());

    expect(await hasRunsWithErrors(platform.db, jobRefOf(job))).toBe(false);
  });

  it('continues behind a position, over the runs from the newest to the oldest', async () => {
    const { platform, job } = await given({ sink: [1, 2, 3] });
    const older = await run(platform, job);
    platform.advance(1_000);
    const newer = await run(platform, job);
    const runs = [newer.ulid, older.ulid];
    const all = await errorsOf(platform, job);

    const pages = [];
    for (let after: Json = null, done = false; !done; ) {
      const { errors, next } = await findErrors(platform, job, { limit: 3, after });
      pages.push(...errors.map(({ run: { ulid }, error }) => publicErrorId({ ...jobRefOf(job), ulid }, error)));
      done = next === null;
      after = next;
    }

    expect(pages).toEqual(all.map(({ id }) => id));
    const walked = [];
    for await (const found of walkErrors(platform.db, jobRefOf(job), platform.now())) {
      walked.push(...found.map(({ run: { ulid } }) => ulid));
    }
    expect([...new Set(walked)]).toEqual(runs);
  });
});

const flowOf = ({ target }: Job): Flow => {
  if (target.type !== 'flow') throw new Error('the job is no flow');
  return target.flow;
};

/** Claims an error as the slice of a retry does before it sends the record. */
async function claimFor(
  { db }: TestPlatform,
  found: Awaited<ReturnType<typeof errorsAt>>[number] | undefined,
  retryUlid: string,
): Promise<void> {
  if (found) await claimError(db, found.run, found.error, retryUlid);
}

/** A flow with a run that has failed records with this input. */
async function givenErrors(count: number, input: string) {
  const platform = testPlatform(memoryDb());
  const job = await givenFlow(platform);
  const ref = await triggerJob(platform, job);
  const occurredAt = new Date(platform.now()).toISOString();
  const error = { operator: 'sink_1', split: 0, page: 0, task: 0, message: 'refused', input, occurredAt };
  const errors = Array.from({ length: count }, (_, index) => ({ ...error, index, isWhole: true as const }));
  await putRunWithErrors(platform.db, ref, platform.now());
  await putRecordErrors(platform.db, ref, errors);
  return { platform, job };
}

describe('a flow with thousands of errors', () => {
  it('is resolved in bounded requests, also behind errors that are resolved', async () => {
    const { platform, job } = await givenErrors(7_500, '{}');

    let resolved = 0;
    let requests = 0;
    for (let after: Json = null; requests === 0 || after !== null; requests++) {
      if (requests > 20) throw new Error('the resolution does not end');
      const { matched, next } = await resolveErrors(platform, job, {}, 'ana', after);
      resolved += matched;
      after = next;
    }

    expect(resolved).toBe(7_500);
    expect(requests).toBe(8);
    expect((await findErrors(platform, job, { status: 'open', limit: 1 })).errors).toEqual([]);
  });

  it('is searched through at most 8 MB of inputs in a request', async () => {
    const { platform, job } = await givenErrors(600, JSON.stringify('x'.repeat(16_000)));

    const first = await findErrors(platform, job, { limit: 1_000 });
    const second = await findErrors(platform, job, { limit: 1_000, after: first.next });

    expect(first.errors.length).toBe(525);
    expect(second).toMatchObject({ next: null, errors: { length: 75 } });
  });
});
