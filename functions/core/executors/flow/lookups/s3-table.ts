import { valueAt } from '../../../domain/flow/json-path.ts';
import type { S3Lookup } from '../../../domain/flow/lookup.ts';
import type { Json } from '../../../domain/json.ts';
import type { ObjectInfo, Objects } from '../../../platform/objects.ts';
import type { FlowContext } from '../flow-context.ts';
import { FlowFailure } from '../flow-failure.ts';
import { createS3Reader } from '../sources/s3.ts';
import { type Lookup, type Match, MISSING, toKey } from './lookup.ts';

/** Maximum size of a table in bytes, unpacked. Its records take several times as much memory. */
const MAX_TABLE_BYTES = 16 * 1024 * 1024;

/** Finds records of an object in the tenant's folder by a field. Reads the object once, with the first keys. */
export function createS3Lookup(id: string, spec: S3Lookup, context: FlowContext, maxBytes = MAX_TABLE_BYTES): Lookup {
  let table: Promise<ReadonlyMap<string, Json>> | undefined;
  return {
    async find(keys, signal) {
      table ??= readTable(id, spec, context, maxBytes, signal);
      const records = await table;
      return new Map(
        keys.map((key): [string, Match] => {
          const value = records.get(key);
          return [key, value === undefined ? MISSING : { value }];
        }),
      );
    },
  };
}

/** Lists the object with a key. It is the first of those that begin with the key. */
async function* listOne(objects: Objects, key: string): AsyncGenerator<readonly ObjectInfo[]> {
  for await (const page of objects.list(key)) {
    yield page.filter((object) => object.key === key);
    return;
  }
}

/** @throws FlowFailure */
async function readTable(
  id: string,
  { key, format, keyField, csv }: S3Lookup,
  context: FlowContext,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Json>> {
  const fail = (message: string) => new FlowFailure(`${id}: ${key}: ${message}`, { permanent: true });
  const source = { id, type: 's3', prefix: key, format, csv } as const;
  const objects = { ...context.objects, list: (prefix: string) => listOne(context.objects, prefix) };
  const reader = createS3Reader(source, { ...context, objects, log: () => {} }, Number.MAX_SAFE_INTEGER);
  const records = new Map<string, Json>();
  let bytes = 0;
  try {
    const splits = await reader.plan(signal);
    if (splits.length === 0) throw fail('the object does not exist or is empty');
    for (const split of splits) {
      for await (const page of reader.read(split, null, signal)) {
        if ('waitMs' in page) continue;
        bytes += page.bytes;
        if (bytes > maxBytes) throw fail(`a table has at most ${maxBytes / 1024 / 1024} MB`);
        for (const record of page.records) {
          if ('failed' in record) throw fail(record.failed.message);
          const name = toKey(valueAt(record.value, keyField));
          if (name !== undefined) records.set(name, record.value);
        }
      }
    }
  } finally {
    await reader.close?.();
  }
  return records;
}
