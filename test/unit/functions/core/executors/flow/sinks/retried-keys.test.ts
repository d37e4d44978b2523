import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpSink } from '../../../../../../../functions/core/domain/flow/sink.ts';
import { createDynamoDbWriter } from '../../../../../../../functions/core/executors/flow/sinks/dynamodb.ts';
import { createHttpWriter } from '../../../../../../../functions/core/executors/flow/sinks/http.ts';
import { createS3Writer } from '../../../../../../../functions/core/executors/flow/sinks/s3.ts';
import { query } from '../../../../../../../functions/core/store/db.ts';
import { equals } from '../../../../../../../functions/core/store/expression.ts';
import { acme } from '../../../../../../helpers/builders/executions.ts';
import { httpContext } from '../../../../../../helpers/builders/http-context.ts';
import { aSinkPage, LINEAGE } from '../../../../../../helpers/builders/sink-page.ts';
import { startHttpServer } from '../../../../../../helpers/fakes/http-server.ts';
import { memoryDb } from '../../../../../../helpers/fakes/memory-db.ts';
import { memoryObjects } from '../../../../../../helpers/fakes/memory-objects.ts';

const never = new AbortController().signal;
const whole = aSinkPage(['a', 'b']);

/** The record at the second place of the page, which the sink refused. */
const refused = (part = 'sink_1.1') => ({
  ...aSinkPage([], { part }),
  records: [{ value: 'b', origin: 0, former: { origin: 1, ordinal: 0, output: 1 } }],
});
/** A record of the page that failed before the sinks, of which the transforms make two now. */
const failedBefore = {
  ...aSinkPage([], { part: 'map_1.1' }),
  records: [
    { value: 'x', origin: 0 },
    { value: 'y', origin: 0 },
  ],
};

describe('the keys of a dynamodb sink', () => {
  async function keysAfter(...pages: readonly (typeof whole)[]): Promise<readonly unknown[]> {
    const db = memoryDb();
    const writer = createDynamoDbWriter(
      { id: 'sink_1', type: 'dynamodb', collection: 'orders', key: null },
      httpContext({ db }),
    );
    for (const page of pages) await writer.write(page, never);
    const items = await query(db, db.tables.collections, equals('pk', `${acme}#orders`));
    return items.map(({ sk, record }) => [sk, record]);
  }
  const prefix = `${LINEAGE}#00002#000000007#`;

  it('uses the key of the place for a record that the sink refused', async () => {
    expect(await keysAfter(whole, refused())).toEqual([
      [`${prefix}00000`, 'a'],
      [`${prefix}00001`, 'b'],
    ]);
  });

  it('uses no key of the page for a record that failed before the sinks', async () => {
    expect(await keysAfter(whole, failedBefore, failedBefore)).toEqual([
      [`${prefix}00000`, 'a'],
      [`${prefix}00001`, 'b'],
      [`${prefix}map_1.1.0`, 'x'],
      [`${prefix}map_1.1.1`, 'y'],
    ]);
  });
});

describe('the objects of an s3 sink', () => {
  it('writes the object of the page and one of the retried record', async () => {
    const objects = memoryObjects();
    const spec = { id: 'sink_1', type: 's3', key: 'orders/{page}.ndjson', format: 'ndjson' } as const;
    const writer = createS3Writer(spec, httpContext({ objects }));

    for (const page of [whole, refused(), failedBefore]) await writer.write(page, never);

    const name = `data/${acme}/orders/${LINEAGE}-00002-000000007`;
    expect(Object.fromEntries(objects.held)).toEqual({
      [`${name}.ndjson`]: '"a"\n"b"\n',
      [`${name}-sink_1.1.ndjson`]: '"b"\n',
      [`${name}-map_1.1.ndjson`]: '"x"\n"y"\n',
    });
  });
});

describe('the idempotency keys of an http sink', () => {
  let server: Awaited<ReturnType<typeof startHttpServer>>;
  beforeEach(async () => {
    server = await startHttpServer((_, response) => response.end());
  });
  afterEach(() => server.close());

  async function keysOf(mode: HttpSink['mode'], page: typeof whole): Promise<readonly unknown[]> {
    const spec = { type: 'http', url: server.url, method: 'POST', headers: {}, mode, concurrency: 1 } as const;
    const writer = createHttpWriter({ id: 'sink_1', ...spec }, httpContext());
    await writer.write(page, never);
    await writer.close?.();
    return server.received.map(({ headers }) => headers['idempotency-key']);
  }
  const page = `${LINEAGE}-sink_1-2-7`;

  it('uses the key of the place for a record that the sink refused', async () => {
    expect(await keysOf('single', refused())).toEqual([`${page}-1.0`]);
  });

  it('uses no key of the page for a record that failed before the sinks', async () => {
    expect(await keysOf('single', failedBefore)).toEqual([`${page}-map_1.1.0`, `${page}-map_1.1.1`]);
  });

  it('uses another key than that of the whole page for a part of a batch', async () => {
    expect(await keysOf('batch', refused())).toEqual([`${page}-1.0`]);
  });
});
