import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { type Pacing, sendUntilProcessed } from '../../../../../functions/core/platform/batch.ts';
import { createObjects } from '../../../../../functions/core/platform/s3-objects.ts';
import { type Db, getMany, putMany, removeMany } from '../../../../../functions/core/store/db.ts';
import { tables } from '../../../../helpers/fakes/table-names.ts';

/** Returns a pacing without real pauses that records their lengths. */
function noted(random = 0): Pacing & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return { pauses, pause: async (ms) => void pauses.push(ms), random: () => random };
}

/** A service that processes the given number of entries of each batch, in turn. */
function taking(...counts: readonly number[]) {
  const sent: (readonly string[])[] = [];
  const send = async (batch: readonly string[]) => {
    sent.push(batch);
    return { remaining: batch.slice(counts[sent.length - 1] ?? 0), reason: 'SlowDown' };
  };
  return { sent, options: { send, sizeOf: ({ length }: readonly string[]) => length, entryNoun: 'entries' } };
}

describe('sendUntilProcessed', () => {
  it('repeats only the unprocessed entries, after growing pauses', async () => {
    const pacing = noted();
    const { sent, options } = taking(0, 0, 1, 2);

    await sendUntilProcessed(['a', 'b', 'c'], { ...options, pacing });

    expect(sent).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['b', 'c'],
    ]);
    expect(pacing.pauses).toEqual([25, 50, 25]);
  });

  it('adds jitter to the pauses', async () => {
    const [least, most] = [noted(0), noted(0.999)];

    await sendUntilProcessed(['a'], { ...taking(0, 0, 1).options, pacing: least });
    await sendUntilProcessed(['a'], { ...taking(0, 0, 1).options, pacing: most });

    expect([least.pauses, most.pauses]).toEqual([
      [25, 50],
      [50, 100],
    ]);
  });

  it('fails with a retryable error after eight consecutive attempts without progress', async () => {
    const pacing = noted(1);
    const { sent, options } = taking();

    await expect(sendUntilProcessed(['a', 'b'], { ...options, pacing })).rejects.toMatchObject({
      name: 'JobdeckError',
      kind: 'unavailable',
      code: 'batch.throttled',
      message: 'entries: 2 were not processed in 8 attempts (SlowDown); try again later',
    });
    expect(sent).toHaveLength(8);
    expect(pacing.pauses).toEqual([50, 100, 200, 400, 800, 1_600, 3_200]);
  });

  it('continues as long as each attempt makes progress', async () => {
    const entries = Array.from({ length: 50 }, (_, i) => `${i}`);
    const { sent, options } = taking(...entries.map(() => 1));

    await sendUntilProcessed(entries, { ...options, pacing: noted() });

    expect(sent).toHaveLength(50);
  });

  it('ends a pause with the reason of the aborted signal', async () => {
    const lost = new AbortController();
    const reason = new Error('the lease is lost');
    const { sent, options } = taking();
    const send = async (batch: readonly string[]) => {
      if (sent.length === 1) lost.abort(reason);
      return options.send(batch);
    };

    await expect(sendUntilProcessed(['a'], { ...options, send, signal: lost.signal })).rejects.toBe(reason);
    expect(sent).toHaveLength(2);
  });

  it('sends nothing for an empty batch', async () => {
    const { sent, options } = taking();

    await sendUntilProcessed([], options);

    expect(sent).toEqual([]);
  });
});

/** A fake DynamoDB that processes no entry of its first batches. */
function throttling(batches: number) {
  const sent: string[] = [];
  const client = {
    async send(command: { readonly input: { readonly RequestItems: object } }) {
      sent.push(command.constructor.name);
      const left = sent.length <= batches ? command.input.RequestItems : {};
      return { UnprocessedItems: left, UnprocessedKeys: left, Responses: {} };
    },
  };
  const pacing = noted();
  return { db: { client: client as unknown as DynamoDBClient, tables, pacing } satisfies Db, sent, pacing };
}

describe('store', () => {
  const key = { pk: 'a', sk: 'b' };
  for (const [verb, ask] of [
    ['reads', (db: Db) => getMany(db, [{ table: db.tables.runs, key }])],
    ['puts', (db: Db) => putMany(db, db.tables.runs, [key])],
    ['removes', (db: Db) => removeMany(db, db.tables.runs, [key])],
  ] as const) {
    it(`${verb} many items in spite of temporary throttling`, async () => {
      const { db, sent, pacing } = throttling(3);

      await ask(db);

      expect(sent).toHaveLength(4);
      expect(pacing.pauses).toEqual([25, 50, 100]);
    });

    it(`${verb} many items in at most eight attempts`, async () => {
      const { db, sent } = throttling(1_000);

      await expect(ask(db)).rejects.toMatchObject({ code: 'batch.throttled' });
      expect(sent).toHaveLength(8);
    });
  }
});

describe('bucket', () => {
  it('deletes objects again that S3 reports as not deleted', async () => {
    const asked: (readonly (string | undefined)[])[] = [];
    const s3 = {
      async send(command: unknown) {
        if (command instanceof ListObjectsV2Command) return { Contents: [{ Key: 'a' }, { Key: 'b' }] };
        if (!(command instanceof DeleteObjectsCommand)) throw new Error('unexpected');
        asked.push((command.input.Delete?.Objects ?? []).map(({ Key }) => Key));
        return asked.length === 1 ? { Errors: [{ Key: 'b', Code: 'SlowDown' }] } : {};
      },
    };

    await createObjects(s3 as unknown as S3Client, 'files').removeAll('');

    expect(asked).toEqual([['a', 'b'], ['b']]);
  });
});
