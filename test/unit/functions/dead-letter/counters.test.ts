import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { expect, it, onTestFinished, vi } from 'vitest';
import { handler } from '../../../../functions/dead-letter/counters.ts';

/** Body that Lambda sends for a discarded batch, abridged. */
const GIVEN_UP = {
  version: '1.0',
  requestContext: { condition: 'RecordAgeExceeded', functionArn: 'arn:aws:lambda:…:counters' },
  DDBStreamBatchInfo: { shardId: 'shardId-1', startSequenceNumber: '100', endSequenceNumber: '900', batchSize: 42 },
};

const eventOf = (...bodies: readonly string[]) =>
  ({ Records: bodies.map((body, i) => ({ body, messageId: `${i}` }) as SQSRecord) }) satisfies SQSEvent;

/** Collects the log lines written from now on. */
function watchLog(): readonly Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(JSON.parse(String(text)) as Record<string, unknown>);
    return true;
  });
  onTestFinished(() => write.mockRestore());
  return lines;
}

it('logs the position of discarded changes and accepts every message', async () => {
  const lines = watchLog();

  const answer = await handler(eventOf(JSON.stringify(GIVEN_UP), 'not JSON'));

  expect(answer).toEqual({ batchItemFailures: [] });
  expect(lines).toEqual(
    [
      expect.objectContaining({ message: 'message.malformed', messageId: '1' }),
      expect.objectContaining({
        level: 'ERROR',
        message: 'counter_change.dead_lettered',
        condition: 'RecordAgeExceeded',
        shardId: 'shardId-1',
        startSequenceNumber: '100',
        endSequenceNumber: '900',
        batchSize: 42,
      }),
    ].reverse(),
  );
});
