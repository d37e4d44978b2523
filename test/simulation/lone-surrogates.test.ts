import { describe, expect, it } from 'vitest';
import { endNotice } from '../../functions/core/domain/notification/delivery.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { notify } from '../../functions/core/engine/notifications/notify.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { parseJsonRecord } from '../../functions/core/executors/flow/formats/parse-record.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import type { SourceReader } from '../../functions/core/executors/flow/source-reader.ts';
import { listRecordErrors } from '../../functions/core/store/record-errors.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { getTask } from '../../functions/core/store/tasks.ts';
import { failedRun, listAllDeliveries } from '../helpers/builders/deliveries.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { aChain, connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { drainSlices, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** Lone surrogates come from input or from truncated text. DynamoDB rejects a request that contains one. */
const db = memoryDb();

describe('a run whose failure message contains a lone surrogate', () => {
  it('fails with the replacement character in its message', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const run = await triggerJob(platform, job);
    const [message] = platform.sent.splice(0);
    if (!message) throw new Error('the run was not sent');

    await processRunMessage(
      platform,
      async () => anOutcome({ status: 'error', exitCode: 1, message: 'bad \ud83d' }),
      message,
    );

    expect(await getRun(db, run)).toMatchObject({ state: 'failed', failure: { kind: 'error', message: 'bad \ufffd' } });
  });

  it('sends a notification whose reason is truncated between two characters', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { onFailure: '#alerts' });
    const message = `${'x'.repeat(298)}${'😀'.repeat(40)}`;
    const notice = endNotice(failedRun(platform, job, 1, { failure: { kind: 'error', message } }));
    if (!notice) throw new Error('a failed run gives notice');

    await notify(platform, [notice]);

    const [delivery] = await listAllDeliveries(platform, job.tenant);
    expect(delivery?.run.reason).toBe(`${'x'.repeat(298)}…`);
  });
});

/** A source with one page of JSON lines. */
const lineSource = (lines: readonly string[]): SourceReader => ({
  staged: false,
  unbounded: false,
  plan: async () => [null],
  async *read() {
    yield {
      records: lines.map((line, i) => parseJsonRecord(line, `line ${i + 1}`)),
      bytes: lines.join('').length,
      next: null,
    };
  },
});

describe('a flow run with a record whose error message contains a lone surrogate', () => {
  it('counts one error if the source cannot parse the record', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    connectOperators(platform, { sources: [lineSource(['😀', '1', '2'])], sinks: [sink] });
    const run = await startFlowRun(platform, await givenFlow(platform, { parallelism: 1 }));

    await drainSlices(platform);

    expect(await getRun(db, run)).toMatchObject({ state: 'completed' });
    expect((await getTask(db, run, 0))?.records).toMatchObject({ exported: 3, error: 1, success: 2 });
    expect([sink.values(), sink.deliveries]).toEqual([[1, 2], 1]);
    expect((await listRecordErrors(db, run, { limit: 10 })).map(({ input }) => input)).toEqual(['😀']);
  });

  it('counts one error if a transform rejects the record', async () => {
    const platform = testPlatform(db);
    const sink = idempotentSink();
    const transforms = [{ id: 'map_1', name: 'Refuse', type: 'map', to: '$' } as const];
    const chain = {
      ...aChain(),
      apply: async (records: readonly unknown[]) => ({
        outputs: records.slice(1).map((value, i) => ({ value: value as number, origin: i + 1 })),
        errors: [{ origin: 0, transform: 0, message: 'refused \ud83d', input: 0 }],
        counts: [{ in: records.length, out: records.length - 1, errors: 1 }],
        outputsByTransform: [],
      }),
    };
    connectOperators(platform, { sources: [lineSource(['0', '1', '2'])], chain: chain as never, sinks: [sink] });
    const run = await startFlowRun(platform, await givenFlow(platform, { parallelism: 1, transforms }));

    await drainSlices(platform);

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
    connectOperators(platform, { sources: [lineSource(['0', '1', '2'])], sinks: [sink] });
    const run = await startFlowRun(platform, await givenFlow(platform, { parallelism: 1 }));

    await drainSlices(platform);

    expect(await getRun(db, run)).toMatchObject({ state: 'completed' });
    expect((await listRecordErrors(db, run, { limit: 10 })).map(({ message }) => message)).toEqual(['refused \ufffd']);
  });
});
