import { describe, expect, it } from 'vitest';
import { noticeOf } from '../../functions/core/domain/notification/delivery.ts';
import { notify } from '../../functions/core/engine/notifications/notify.ts';
import { triggerJob } from '../../functions/core/engine/trigger.ts';
import { work } from '../../functions/core/engine/work.ts';
import { jsonRecord } from '../../functions/core/executors/flow/formats/record.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink.ts';
import type { SourceReader } from '../../functions/core/executors/flow/source.ts';
import { listRecordErrors } from '../../functions/core/store/record-errors.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { getTask } from '../../functions/core/store/tasks.ts';
import { behind, careful, chainOf, drain, givenFlow, started } from '../helpers/flow-world.ts';
import { memoryDb } from '../helpers/memory-db.ts';
import { deliveriesOf, failedRun } from '../helpers/notified.ts';
import { anOutcome, givenJob, testPlatform } from '../helpers/platform.ts';

/** Half of a surrogate pair comes from input or from cutting text; DynamoDB refuses a request that holds one. */
const db = memoryDb();

describe('a run whose failure message holds half of a surrogate pair', () => {
  it('fails with that message', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const run = await triggerJob(platform, job);
    const [message] = platform.sent.splice(0);
    if (!message) throw new Error('the run was not sent');

    await work(platform, async () => anOutcome({ status: 'error', exitCode: 1, message: 'bad \ud83d' }), message);

    expect(await getRun(db, run)).toMatchObject({ state: 'failed', failure: { kind: 'error', message: 'bad \ufffd' } });
  });

  it('sends a notification whose reason is cut between two characters', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { onFailure: '#alerts' });
    const message = `${'x'.repeat(298)}${'😀'.repeat(40)}`;
    const notice = noticeOf(failedRun(platform, job, 1, { failure: { kind: 'error', message } }));
    if (!notice) throw new Error('a failed run gives notice');

    await notify(platform, [notice]);

    const [delivery] = await deliveriesOf(platform, job.tenant);
    expect(delivery?.run.reason).toBe(`${'x'.repeat(298)}…`);
  });
});

/** One page of these lines, each of which is to be a JSON value. */
const linesOf = (lines: readonly string[]): SourceReader => ({
  staged: false,
  unbounded: false,
  plan: async () => [null],
  async *read() {
    yield {
      records: lines.map((line, i) => jsonRecord(line, `line ${i + 1}`)),
      bytes: lines.join('').length,
      next: null,
    };
  },
});

describe('a flow run with a record whose error message holds half of a surrogate pair', () => {
  it('counts one error if the source cannot read the record', async () => {
    const platform = testPlatform(db);
    const sink = careful();
    behind(platform, { sources: [linesOf(['😀', '1', '2'])], sinks: [sink] });
    const run = await started(platform, await givenFlow(platform, { parallelism: 1 }));

    await drain(platform);

    expect(await getRun(db, run)).toMatchObject({ state: 'completed' });
    expect((await getTask(db, run, 0))?.records).toMatchObject({ exported: 3, error: 1, success: 2 });
    expect([sink.values(), sink.deliveries]).toEqual([[1, 2], 1]);
    expect((await listRecordErrors(db, run, { limit: 10 })).map(({ input }) => input)).toEqual(['😀']);
  });

  it('counts one error if a transform rejects the record', async () => {
    const platform = testPlatform(db);
    const sink = careful();
    const transforms = [{ id: 'map_1', name: 'Refuse', type: 'map', to: '$' } as const];
    const chain = {
      ...chainOf(),
      apply: async (records: readonly unknown[]) => ({
        outputs: records.slice(1).map((value, i) => ({ value: value as number, origin: i + 1 })),
        errors: [{ origin: 0, transform: 0, message: 'refused \ud83d', input: 0 }],
        counts: [{ in: records.length, out: records.length - 1, errors: 1 }],
        passed: [],
      }),
    };
    behind(platform, { sources: [linesOf(['0', '1', '2'])], chain: chain as never, sinks: [sink] });
    const run = await started(platform, await givenFlow(platform, { parallelism: 1, transforms }));

    await drain(platform);

    expect(await getRun(db, run)).toMatchObject({ state: 'completed' });
    expect(sink.values()).toEqual([1, 2]);
    expect((await listRecordErrors(db, run, { limit: 10 })).map(({ message }) => message)).toEqual(['refused \ufffd']);
  });

  it('counts one error if a sink rejects the record', async () => {
    const platform = testPlatform(db);
    const sink: SinkWriter = {
      async write() {
        return { refused: [{ index: 1, message: 'refused \ude00' }], bytes: 1 };
      },
    };
    behind(platform, { sources: [linesOf(['0', '1', '2'])], sinks: [sink] });
    const run = await started(platform, await givenFlow(platform, { parallelism: 1 }));

    await drain(platform);

    expect(await getRun(db, run)).toMatchObject({ state: 'completed' });
    expect((await listRecordErrors(db, run, { limit: 10 })).map(({ message }) => message)).toEqual(['refused \ufffd']);
  });
});
