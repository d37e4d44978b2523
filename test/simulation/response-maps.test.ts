import { describe, expect, it } from 'vitest';
import type { Flow } from '../../functions/core/domain/flow/flow.ts';
import { totalCounts, totalRecords } from '../../functions/core/domain/flow/totals.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Json } from '../../functions/core/domain/json.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { findErrors } from '../../functions/core/engine/flow/errors/find-errors.ts';
import { retryErrors } from '../../functions/core/engine/flow/errors/retry-errors.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import type { Chain, DerivedRecord } from '../../functions/core/executors/flow/chain.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import { createDynamoDbWriter } from '../../functions/core/executors/flow/sinks/dynamodb.ts';
import { query } from '../../functions/core/store/db.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { listTasks } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { httpContext } from '../helpers/builders/http-context.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { aChain } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import {
  drainSlices,
  processRunMessages,
  recoverBySweeping,
  startFlowRun,
} from '../helpers/simulations/process-messages.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

/**
 * A sink of orders that maps its responses (`erp`), between a sink that does not wait for them (`log`) and two that
 * receive the records that it makes (`ledger`, `archive`).
 */
const FLOW: Partial<Flow> = {
  parallelism: 1,
  sinks: [
    { id: 'log', name: 'Log', type: 'preview' },
    {
      id: 'erp',
      name: 'ERP',
      type: 'http',
      url: 'https://erp.example.com/orders',
      method: 'POST',
      headers: {},
      mode: 'single',
      concurrency: 1,
      responseMap: '$merge([record, { "number": response.body.number }])',
    },
    { id: 'ledger', name: 'Ledger', type: 'dynamodb', collection: 'ledger', key: null },
    { id: 'archive', name: 'Archive', type: 'preview' },
  ],
};

interface Order {
  readonly id: number;
  readonly half: string;
  readonly number?: string;
}

const orderOf = (value: Json): Order => value as unknown as Order;

/** Makes two orders of each number. */
const halves = () => aChain((id) => ['a', 'b'].map((half) => ({ id, half }) as unknown as Json));

/** Identity of an order at a sink. */
const keyOf = (split: number, page: number, { origin, ordinal, former }: DerivedRecord, index: number) =>
  `${split}-${page}-${former?.origin ?? origin}.${former?.ordinal ?? ordinal ?? index % 2}`;

/**
 * An API that takes at most `most` orders a write, gives each a number, the same to a repetition, and refuses some. It
 * makes no record of orders whose id ends in 9.
 *
 * @param refuses whether an order is refused, given how often it was sent before
 */
function anErp(most: number, refuses: (order: Order, sentBefore: number) => boolean, text?: string) {
  const sent = new Map<string, number>();
  const writer: SinkWriter = {
    async write({ key, records, resumeFrom = 0 }) {
      const end = Math.min(records.length, resumeFrom + most);
      const refused: { index: number; message: string }[] = [];
      const mapped: (readonly [Json] | null)[] = [];
      for (let index = resumeFrom; index < end; index++) {
        const record = records[index] as DerivedRecord;
        const order = orderOf(record.value);
        const name = keyOf(key.split, key.page, record, index);
        const before = sent.get(name) ?? 0;
        sent.set(name, before + 1);
        const isRefused = refuses(order, before);
        if (isRefused) refused.push({ index, message: 'refused' });
        const made = [{ ...order, number: `no-${order.id}${order.half}`, text } as unknown as Json] as const;
        mapped.push(isRefused || order.id % 10 === 9 ? null : made);
      }
      return { refused, bytes: 1, processed: end, mapped };
    },
  };
  return { writer, sent };
}

/** A sink that takes at most `most` orders a write and remembers the newest of each key. */
function anArchive(most: number) {
  const held = new Map<string, Order>();
  const writer: SinkWriter = {
    async write({ key, records, resumeFrom = 0 }) {
      const end = Math.min(records.length, resumeFrom + most);
      for (let index = resumeFrom; index < end; index++) {
        const record = records[index] as DerivedRecord;
        held.set(keyOf(key.split, key.page, record, index), orderOf(record.value));
      }
      return { refused: [], bytes: 1, processed: end };
    },
  };
  return { writer, held };
}

interface Given {
  readonly most?: number;
  readonly refuses?: (order: Order, sentBefore: number) => boolean;
  readonly chain?: Chain;
  readonly splits?: number;
  /** Text that the records of the ERP hold in addition. */
  readonly text?: string;
}

/** A run of splits of 10 numbers, each a page of 20 orders. Each slice writes one part of a page. */
async function given({ most = 7, refuses = () => false, chain = halves(), splits = 4, text }: Given = {}) {
  const platform = testPlatform(memoryDb());
  platform.sliceMs = 0;
  const [log, erp, archive] = [anArchive(1_000), anErp(most, refuses, text), anArchive(most + 2)];
  platform.open = async (_, run) => {
    const context = httpContext({ db: platform.db, run, now: platform.now });
    const ledger = createDynamoDbWriter({ id: 'ledger', type: 'dynamodb', collection: 'ledger', key: null }, context);
    return {
      sources: [replayableSource(splits, 10)],
      chain,
      sinks: [log.writer, erp.writer, ledger, archive.writer],
      taps: new Map(),
      async [Symbol.asyncDispose]() {},
    };
  };
  const job = await givenFlow(platform, FLOW);
  return { platform, job, log, erp, archive };
}

const ids = Array.from({ length: 40 }, (_, id) => id);
const orders = ids.flatMap((id) => ['a', 'b'].map((half): Order => ({ id, half })));
/** Orders of which the ERP makes a record, with their number. */
const numbered = (of: readonly Order[]) =>
  of.filter(({ id }) => id % 10 !== 9).map((order) => ({ ...order, number: `no-${order.id}${order.half}` }));

const byNumber = (found: Iterable<Order>) =>
  [...found]
    .sort((a, b) => a.id - b.id || (a.half < b.half ? -1 : 1))
    .map(({ id, half, number }) => ({ id, half, number }));

async function ledgerOf({ db }: TestPlatform, { tenant }: Job): Promise<readonly Order[]> {
  const items = await query(db, db.tables.collections, equals('pk', `${tenant}#ledger`));
  return items.map(({ record }) => orderOf(record as Json));
}

async function totalsOf(platform: TestPlatform, ref: RunRef) {
  const run = await requireRun(platform, ref);
  const tasks = await listTasks(platform.db, ref, run.flow?.plan?.tasks ?? 0);
  const { exported, success, error, ignored } = totalRecords(tasks);
  const sinks = [0, 1, 2, 3].map((i) => totalCounts(tasks, 1 + i));
  return { state: run.state, records: { exported, success, error, ignored }, in: sinks.map((each) => each.in) };
}

describe('a sink that maps its responses', () => {
  it('gives the following sinks the records that it makes, in parts of a page', async () => {
    const { platform, job, log, erp, archive } = await given();

    const ref = await startFlowRun(platform, job);
    await drainSlices(platform);

    expect(await totalsOf(platform, ref)).toEqual({
      state: 'completed',
      records: { exported: 40, success: 40, error: 0, ignored: 0 },
      in: [80, 80, 72, 72],
    });
    expect(byNumber(log.held.values())).toEqual(byNumber(orders));
    expect(byNumber(archive.held.values())).toEqual(numbered(orders));
    expect(byNumber(await ledgerOf(platform, job))).toEqual(numbered(orders));
    expect([...erp.sent.values()].every((times) => times === 1)).toBe(true);
  });

  it('gives no other sink a record that it refuses until a retry delivers the record to all of them', async () => {
    const isRepaired = { value: false };
    const refuses = ({ id, half }: Order) => !isRepaired.value && half === 'a' && id % 4 === 0;
    const { platform, job, archive } = await given({ refuses });
    const ref = await startFlowRun(platform, job);
    await drainSlices(platform);
    const left = orders.filter(({ id, half }) => !(half === 'a' && id % 4 === 0));
    expect(await totalsOf(platform, ref)).toMatchObject({ records: { success: 30, error: 10 }, in: [80, 80, 62, 62] });
    expect(byNumber(archive.held.values())).toEqual(numbered(left));

    isRepaired.value = true;
    await retryErrors(platform, job, {});
    await drainSlices(platform);

    const { errors } = await findErrors(platform, job, { limit: 100 });
    expect(errors.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'resolved'));
    expect(byNumber(archive.held.values())).toEqual(numbered(orders));
    expect(byNumber(await ledgerOf(platform, job))).toEqual(numbered(orders));
  });

  it('retries a routed record at the following sinks of its branch only', async () => {
    const isRepaired = { value: false };
    const sinks = ['erp', 'archive'];
    const chain: Chain = {
      ...aChain(),
      async apply(values) {
        const outputs = values.map((id, origin) => ({ value: { id, half: 'a' } as unknown as Json, origin, sinks }));
        return { outputs, errors: [], counts: [], outputsByTransform: [] };
      },
    };
    const { platform, job, archive } = await given({ chain, refuses: () => !isRepaired.value });
    await startFlowRun(platform, job);
    await drainSlices(platform);

    isRepaired.value = true;
    await retryErrors(platform, job, {});
    await drainSlices(platform);

    expect(byNumber(archive.held.values())).toEqual(numbered(orders.filter(({ half }) => half === 'a')));
    expect(await ledgerOf(platform, job)).toEqual([]);
  });

  it.each([true, false])(
    'delivers and counts each record once if the store fails at any call (answer lost: %s)',
    async (answerIsLost) => {
      // An order that is refused once is accepted when its page is repeated.
      const refuses = ({ id }: Order, sentBefore: number) => id % 5 === 1 && sentBefore === 0;
      for (let call = 1, crashed = true; crashed; call++) {
        const { platform, job, archive } = await given({ refuses, splits: 1 });
        const ref = await startFlowRun(platform, job);
        const crashing = withDb(platform, faultyDb(platform.db, { crashAtCall: call, answerIsLost }));
        crashed = false;
        await drainSlices(platform, crashing).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          crashed = true;
        });
        await recoverBySweeping(platform, job);

        const totals = await totalsOf(platform, ref);
        const delivered = byNumber(archive.held.values());
        expect([call, totals.state, totals.in[0], totals.in[1]]).toEqual([call, 'completed', 20, 20]);
        expect(totals.records.success + totals.records.error).toBe(10);
        const accepted = orders.filter(({ id }) => id < 10 && id % 5 !== 1);
        expect(delivered).toEqual(expect.arrayContaining(numbered(accepted)));
        expect(delivered).toHaveLength(totals.in[3] ?? 0);
        expect(byNumber(await ledgerOf(platform, job))).toEqual(delivered);
      }
    },
  );

  it('sends a page again under the same keys if the records that it made are lost', async () => {
    const refuses = ({ id }: Order, sentBefore: number) => id === 0 && sentBefore === 0;
    const { platform, job, erp, archive } = await given({ refuses });
    const ref = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 1);
    const lost = [...platform.objects.held.keys()].filter((key) => key.includes('/mapped/'));
    for (const key of lost) await platform.objects.remove(key);

    await drainSlices(platform);

    expect(lost.length).toBeGreaterThan(0);
    expect(await totalsOf(platform, ref)).toMatchObject({ state: 'completed', in: [80, 80, 72, 72] });
    expect(erp.sent.size).toBe(80);
    expect(byNumber(archive.held.values())).toEqual(numbered(orders));
    expect(byNumber(await ledgerOf(platform, job))).toEqual(numbered(orders));
  });

  it('fails a run whose page becomes too large by the responses of several slices', async () => {
    const { platform, job } = await given({ text: 'x'.repeat(600_000), splits: 1 });

    const ref = await startFlowRun(platform, job);
    await drainSlices(platform);

    expect(await requireRun(platform, ref)).toMatchObject({
      state: 'failed',
      failure: {
        message: expect.stringContaining('erp: responseMap makes over 8 MB of a page: make pageSize smaller'),
      },
    });
  });

  it('continues a page after a stop and a restart', async () => {
    const { platform, job, erp, archive } = await given();
    const ref = await startFlowRun(platform, job);
    await drainSlices(platform, platform, 2);
    const requestedAt = new Date(platform.now()).toISOString();
    await stopFlow(platform, ref, 'ana@acme.test', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });

    const last = await restartRun(platform, job, await requireRun(platform, ref), { parallelism: 2 });
    await processRunMessages(platform);
    await drainSlices(platform);

    expect((await requireRun(platform, last)).state).toBe('completed');
    expect(byNumber(archive.held.values())).toEqual(numbered(orders));
    expect(byNumber(await ledgerOf(platform, job))).toEqual(numbered(orders));
    expect([...erp.sent.values()].every((times) => times === 1)).toBe(true);
  });
});
