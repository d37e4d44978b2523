import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { FlowContext } from '../../../../../../../functions/core/executors/flow/flow-context.ts';
import {
  createPreviewWriter,
  MAX_PREVIEW_RECORDS,
} from '../../../../../../../functions/core/executors/flow/sinks/preview.ts';
import { listPreviews } from '../../../../../../../functions/core/store/previews.ts';
import type { RecordOwner } from '../../../../../../../functions/core/store/run-item.ts';
import { httpContext } from '../../../../../../helpers/builders/http-context.ts';
import { aSinkPage } from '../../../../../../helpers/builders/sink-page.ts';
import { startTestStore, type TestStore } from '../../../../../../helpers/system/test-store.ts';

const never = new AbortController().signal;
const NOON = '2026-03-02T12:00:00.000Z';
let store: TestStore;
let runs = 0;

beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

const newRun = (): RecordOwner => ({
  ...httpContext().run,
  ulid: `01JNXA3V5T9YV0Q2Z6W8M4${String(++runs).padStart(4, '0')}`,
});

const writer = (run: RecordOwner, id = 'preview_1', context: Partial<FlowContext> = {}) =>
  createPreviewWriter({ id, type: 'preview' }, httpContext({ db: store.db, run, ...context }));

const kept = (run: RecordOwner, operator?: string, { limit = 10_000, offset = 0 } = {}) =>
  listPreviews(store.db, run, operator, { limit, offset });

const numbers = (count: number, from = 0): Json[] => Array.from({ length: count }, (_, i) => from + i);

describe('createPreviewWriter', () => {
  test('stores records with their times, ordered by split and page', async () => {
    const run = newRun();
    const sink = writer(run);

    await sink.write(aSinkPage([{ n: 3 }], { page: 10 }), never);
    const result = await sink.write(aSinkPage([{ n: 1 }, 'two'], { page: 9 }), never);
    await sink.write(aSinkPage([null], { split: 0 }), never);

    expect(result).toEqual({ refused: [], bytes: '{"n":1}"two"'.length });
    expect(await kept(run)).toEqual([
      { operator: 'preview_1', at: NOON, record: null },
      { operator: 'preview_1', at: NOON, record: { n: 1 } },
      { operator: 'preview_1', at: NOON, record: 'two' },
      { operator: 'preview_1', at: NOON, record: { n: 3 } },
    ]);
  });

  test('stores a page once, however often it is written', async () => {
    const run = newRun();

    await writer(run).write(aSinkPage([1, 2]), never);
    await writer(run).write(aSinkPage([1, 2]), never);

    expect(await kept(run)).toHaveLength(2);
  });

  test('stores a task’s first records and accepts the others', async () => {
    const run = newRun();
    const sink = writer(run);

    await sink.write(aSinkPage(numbers(600), { page: 0 }, 0), never);
    await sink.write(aSinkPage(numbers(600, 600), { page: 1 }, 600), never);
    const result = await sink.write(aSinkPage(numbers(600, 1200), { page: 2 }, 1200), never);
    await sink.write(aSinkPage([-1], { split: 9, task: 1 }, 0), never);

    expect(result).toEqual({ refused: [], bytes: 0 });
    expect((await kept(run)).map(({ record }) => record)).toEqual([...numbers(MAX_PREVIEW_RECORDS), -1]);
  });

  test('stores the start of a long record', async () => {
    const run = newRun();
    const [fits, long] = ['x'.repeat(16 * 1024 - 2), 'ü'.repeat(9_000)];

    await writer(run).write(aSinkPage([fits, long]), never);

    const truncated = { truncated: true, bytes: 18_002, text: JSON.stringify(long).slice(0, 1000) };
    expect((await kept(run)).map(({ record }) => record)).toEqual([fits, truncated]);
  });

  test('stores as much of a page as fits into one item', async () => {
    const run = newRun();
    const records = Array.from({ length: 100 }, () => '€'.repeat(4_000));

    const { bytes } = await writer(run).write(aSinkPage(records), never);

    expect(await kept(run)).toHaveLength(29);
    expect(bytes).toBe(29 * 12_002);
  });

  test('stores numbers that DynamoDB cannot represent', async () => {
    const run = newRun();
    const records: Json[] = [1e300, 2 ** 60, JSON.parse('['.repeat(100) + ']'.repeat(100))];

    await writer(run).write(aSinkPage(records), never);

    expect((await kept(run)).map(({ record }) => record)).toEqual(records);
  });

  test('fails temporarily if the table rejects the write', async () => {
    const db = { ...store.db, tables: { ...store.db.tables, records: 'NoSuchTable' } };

    await expect(writer(newRun(), 'preview_1', { db }).write(aSinkPage([1]), never)).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: false,
      message: 'preview_1: the preview could not be written: ResourceNotFoundException',
    });
  });
});

describe('a list of previews', () => {
  test('contains one operator or all, of one run', async () => {
    const [run, other] = [newRun(), newRun()];
    await writer(run, 'b').write(aSinkPage([1]), never);
    await writer(run, 'a').write(aSinkPage([2]), never);
    await writer(run, 'a_2').write(aSinkPage([3]), never);
    await writer(other, 'a').write(aSinkPage([4]), never);

    expect((await kept(run, 'a')).map(({ record }) => record)).toEqual([2]);
    expect((await kept(run)).map(({ operator }) => operator)).toEqual(['a', 'a_2', 'b']);
    expect(await kept(run, 'c')).toEqual([]);
  });

  test('continues across items', async () => {
    const run = newRun();
    const sink = writer(run);
    for (let page = 0; page < 4; page++) await sink.write(aSinkPage(numbers(5, page * 5), { page }), never);

    for (const [offset, limit] of [
      [0, 3],
      [3, 4],
      [5, 5],
      [4, 12],
      [18, 10],
      [20, 1],
    ] as const) {
      const found = await kept(run, 'preview_1', { offset, limit });
      expect(found.map(({ record }) => record)).toEqual(numbers(20).slice(offset, offset + limit));
    }
  });
});
