import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import {
  type Db,
  isConflict,
  put,
  remove,
  transact,
  transactAll,
  update,
} from '../../../../../functions/core/store/db.ts';
import { tables } from '../../../../helpers/fakes/table-names.ts';

const write = { table: 'Jobs', put: { pk: 'acme', sk: 'DEF' } };

/** A database that cancels transactions for the given reasons, one list per transaction, and then succeeds. */
function cancelling(...reasons: readonly (readonly string[])[]): Db & { readonly sent: () => number } {
  let sent = 0;
  const send = async () => {
    const codes = reasons[sent++];
    if (!codes) return {};
    const CancellationReasons = codes.map((Code) => ({ Code }));
    throw new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons });
  };
  return { client: { send } as unknown as DynamoDBClient, tables, sent: () => sent };
}

describe('transact', () => {
  test('retries after a conflict', async () => {
    const db = cancelling(['TransactionConflict', 'None'], ['None', 'TransactionConflict']);

    expect(await transact(db, [write, write])).toBe(-1);
    expect(db.sent()).toBe(3);
  });

  test('returns the failed conditions without a retry', async () => {
    const codes = ['TransactionConflict', 'ConditionalCheckFailed', 'None', 'ConditionalCheckFailed'];
    const db = cancelling(codes, codes);

    expect(await transact(db, [write, write, write, write])).toBe(1);
    expect(await transactAll(db, [write, write, write, write])).toEqual([1, 3]);
    expect(db.sent()).toBe(2);
  });

  test('fails for any other reason, and after too many conflicts', async () => {
    await expect(transact(cancelling(['ValidationError']), [write])).rejects.toThrow('cancelled');
    const busy = cancelling(...Array.from({ length: 9 }, () => ['TransactionConflict']));
    await expect(transact(busy, [write])).rejects.toThrow('cancelled');
    expect(busy.sent()).toBe(6);
  });
});

/** A database that answers the first requests with a conflict. */
function conflicting(times: number): Db & { readonly sent: () => number } {
  let sent = 0;
  const send = async () => {
    if (++sent > times) return {};
    throw new TransactionConflictException({ message: 'Transaction is ongoing for the item', $metadata: {} });
  };
  return { client: { send } as unknown as DynamoDBClient, tables, sent: () => sent };
}

describe('a write of one item', () => {
  const key = { pk: 'acme', sk: 'DEF' };

  test.each([
    ['put', (db: Db) => put(db, 'Jobs', key), true],
    ['remove', (db: Db) => remove(db, 'Jobs', key), true],
    ['update', (db: Db) => update(db, 'Jobs', key, { set: { state: 'queued' } }), { ok: true, item: {} }],
  ])('is repeated after a conflict with a transaction: %s', async (_, write, expected) => {
    const db = conflicting(2);

    expect(await write(db)).toEqual(expected);
    expect(db.sent()).toBe(3);
  });

  test('fails after too many conflicts', async () => {
    const error: unknown = await put(conflicting(9), 'Jobs', key).catch((thrown: unknown) => thrown);

    expect(isConflict(error)).toBe(true);
  });
});
