import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseTick, type RunToSend } from '../../domain/messages.ts';
import { GatheredSend } from '../../platform/gathered-send.ts';
import type { Platform } from '../../platform/platform.ts';
import { forEachMessage } from '../../platform/sqs-batch.ts';
import { dispatchTick } from './dispatch-tick.ts';

/**
 * Ticks of a batch that are handled at the same time: all. A tick waits for the store most of its time, so a dispatcher
 * that handled them in sequence would use a tenth of its processor. Ticks have no order; several dispatchers handle the
 * ticks of a job at the same time anyway.
 */
export const TICK_CONCURRENCY = 10;

/**
 * Handles a batch of ticks and sends the messages of its runs together. A failed tick is reported for redelivery and
 * does not affect the others, except if it is the request with their messages that fails.
 */
export async function dispatchTicks(platform: Platform, event: SQSEvent): Promise<SQSBatchResponse> {
  const runs = new GatheredSend<RunToSend>((refs) => platform.queues.sendRuns(refs));
  const sendRun = (ref: RunToSend, delayMs = 0) =>
    delayMs === 0 ? runs.send(ref) : platform.queues.sendRun(ref, delayMs);
  const gathering = { ...platform, queues: { ...platform.queues, sendRun } };
  const handle = (tick: Parameters<typeof dispatchTick>[1]) => runs.asSender(() => dispatchTick(gathering, tick));
  return forEachMessage(platform.log, event, parseTick, handle, TICK_CONCURRENCY);
}
