import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { Env } from '../../../../functions/core/platform/env-names.ts';
import { handler } from '../../../../functions/dead-letter/notifications.ts';
import { startTestStore, type TestStore } from '../../../helpers/system/test-store.ts';

const GIVEN_UP = {
  requestContext: { condition: 'RecordAgeExceeded' },
  DDBStreamBatchInfo: { shardId: 'shardId-1', batchSize: 42 },
};

const REFUSED = {
  v: 1,
  tenant: 'acme',
  jobId: 'sync-email',
  incarnation: 'abc12345',
  ulid: '01JNXA3V5T9YV0Q2Z6W8M4R7B2',
  kind: 'failure',
  error: 'ValidationException: no',
};

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
  vi.stubEnv(Env.accessTable, store.db.tables.access);
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', store.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await store.stop();
});

const eventOf = (...bodies: readonly string[]) =>
  ({ Records: bodies.map((body, i) => ({ body, messageId: `${i}` }) as SQSRecord) }) satisfies SQSEvent;

it('distinguishes failed deliveries from discarded notices', async () => {
  const lines: Record<string, unknown>[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(JSON.parse(String(text)) as Record<string, unknown>);
    return true;
  });
  onTestFinished(() => write.mockRestore());
  const delivery = { v: 1, tenant: 'acme', delivery: '01JNXA3V5T9YV0Q2Z6W8M4R7B1' };

  const answer = await handler(
    eventOf(JSON.stringify(delivery), JSON.stringify(GIVEN_UP), 'not JSON', JSON.stringify(REFUSED)),
  );

  expect(answer).toEqual({ batchItemFailures: [] });
  expect(lines).toEqual([
    expect.objectContaining({ message: 'notification.dead_lettered', tenant: 'acme', delivery: delivery.delivery }),
    expect.objectContaining({ message: 'notice.dead_lettered', condition: 'RecordAgeExceeded', batchSize: 42 }),
    expect.objectContaining({ message: 'message.malformed', messageId: '2' }),
    expect.objectContaining({
      message: 'notice.dead_lettered',
      tenant: 'acme',
      job: 'sync-email',
      run: REFUSED.ulid,
      kind: 'failure',
      error: 'ValidationException: no',
    }),
  ]);
});
