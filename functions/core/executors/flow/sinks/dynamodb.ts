import { isExactNumber } from '../../../domain/exact-json.ts';
import type { WrittenPlace } from '../../../domain/flow/record-error.ts';
import type { DynamoDbSink } from '../../../domain/flow/sink.ts';
import type { Json } from '../../../domain/json.ts';
import { withoutArns } from '../../../domain/service-error-text.ts';
import { truncate } from '../../../domain/text.ts';
import { isolateRejected } from '../../../platform/isolate-rejected.ts';
import { type CollectionItem, findStorageFault, putCollectionItems } from '../../../store/collections.ts';
import { isInvalidRequest } from '../../../store/db.ts';
import type { FlowContext } from '../flow-context.ts';
import type { SinkPage, SinkResult, SinkWriter } from '../sink-writer.ts';
import { type ChainOptions, createChain } from '../transforms/create-chain.ts';
import { writeOrFail } from './write-or-fail.ts';

/** Maximum length of a sort key in bytes. */
const MAX_KEY_BYTES = 1024;

/** Maximum length of a quoted DynamoDB message in UTF-16 code units. */
const MAX_MESSAGE = 500;

/** A record's key, or the reason why it has none. */
type ItemKey = { readonly key: string } | { readonly message: string };

/**
 * Creates a writer that puts records into a collection of the tenant. A repeated page replaces its items. Of several
 * records with one key the last one is stored; all of them count as written.
 */
export function createDynamoDbWriter(
  { id, collection, key: expression }: DynamoDbSink & { readonly id: string },
  { run, db, now, payload }: FlowContext,
  options?: ChainOptions,
): SinkWriter {
  const chain =
    expression === null ? undefined : createChain([{ type: 'map', to: expression }], { payload, ...options });

  async function itemKeys({ key, records }: SinkPage, signal: AbortSignal): Promise<readonly ItemKey[]> {
    if (!chain)
      return records.map(({ place, former }, index) => ({
        key: defaultKey(key, /* guard: route.place */ place ?? index, former),
      }));
    const values = records.map(({ value }) => value);
    const { outputs, errors } = await chain.apply(values, signal);
    const keys: ItemKey[] = values.map(() => ({ message: 'key: the expression yields nothing' }));
    for (const { origin, value } of outputs) keys[origin] = parseKey(value);
    for (const { origin, message } of errors) keys[origin] = { message: `key: ${message}` };
    return keys;
  }

  return {
    async write(page, signal) {
      const keys = await itemKeys(page, signal);
      const items = new Map<string, CollectionItem & { readonly index: number }>();
      const refused: SinkResult['refused'][number][] = [];
      for (const [index, { value: record }] of page.records.entries()) {
        const itemKey = keys[index] as ItemKey;
        const fault = 'message' in itemKey ? itemKey.message : findStorageFault(record);
        if (fault !== undefined) refused.push({ index, message: fault });
        else if ('key' in itemKey) items.set(itemKey.key, { key: itemKey.key, record, index });
      }
      const uniqueItems = [...items.values()];
      const updatedAt = new Date(now()).toISOString();
      signal.throwIfAborted();
      const put = (batch: readonly CollectionItem[]) =>
        putCollectionItems(db, run.tenant, collection, batch, updatedAt, signal);
      // A rejection by DynamoDB beyond the rules above is an error of one record, too.
      const rejected = await writeOrFail(
        `${id}: collection '${collection}'`,
        isolateRejected(uniqueItems, put, isInvalidRequest),
        signal,
      );
      for (const { item, error } of rejected) refused.push({ index: item.index, message: formatRefusal(error) });
      return {
        refused: refused.sort((a, b) => a.index - b.index),
        bytes: uniqueItems.reduce((sum, { record }) => sum + Buffer.byteLength(JSON.stringify(record)), 0),
      };
    },
    async close() {
      await chain?.[Symbol.asyncDispose]();
    },
  };
}

const formatRefusal = (error: unknown): string =>
  truncate(`DynamoDB refuses it: ${withoutArns(error instanceof Error ? error.message : String(error))}`, MAX_MESSAGE);

function parseKey(value: Json): ItemKey {
  if (typeof value !== 'string' && typeof value !== 'number' && !isExactNumber(value)) {
    return { message: `key: must be text or a number, got ${truncate(JSON.stringify(value), 100)}` };
  }
  const key = isExactNumber(value) ? value.rawJSON : String(value);
  if (!key.isWellFormed()) return { message: 'key: must be text, got half of a surrogate pair' };
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > MAX_KEY_BYTES) return { message: `key: must be 1–${MAX_KEY_BYTES} bytes, got ${bytes}` };
  return { key };
}

/**
 * Keys sort by split, page and index. A record that was refused and is written again has the key of its place; one that
 * failed before the sinks had none, and gets a key that no place has.
 */
function defaultKey({ lineage, split, page, part }: SinkPage['key'], place: number, former?: WrittenPlace): string {
  const prefix = `${lineage}#${String(split).padStart(5, '0')}#${String(page).padStart(9, '0')}#`;
  const isNew = part !== undefined && /* guard: dynamodb.retry.former-key */ !former;
  return prefix + (isNew ? `${part}.${place}` : String(former?.output ?? place).padStart(5, '0'));
}
