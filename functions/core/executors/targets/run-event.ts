import { withoutArns } from '../../domain/service-error-text.ts';
import { type DeclaredEventBus, type EventTarget, MAX_EVENT_BYTES } from '../../domain/targets/event-target.ts';
import { TargetUnavailableError } from '../../domain/targets/target-unavailable.ts';
import type { Execution, Outcome } from '../execution.ts';
import { parseArn } from './arn.ts';
import { type Answer, runCall } from './run-call.ts';
import { toRunMetadata } from './run-metadata.ts';

/** Bytes that EventBridge counts for the time of an entry. */
const TIME_BYTES = 14;

/** Codes of entries that EventBridge may accept later. */
const TEMPORARY_CODES = new Set(['ThrottlingException', 'InternalFailure', 'InternalException', 'ServiceUnavailable']);

/**
 * Puts the event of an `event` job on its bus. The detail is `{ metadata, data }`: the run and its payload. EventBridge does
 * not deduplicate; receivers do so by `metadata.run_id`.
 */
export function runEvent(target: EventTarget, { eventBus }: DeclaredEventBus, execution: Execution): Promise<Outcome> {
  return runCall(target.target, execution, async (signal) => {
    const entry = {
      EventBusName: eventBus,
      Source: target.source,
      DetailType: target.detailType,
      Detail: JSON.stringify({ metadata: toRunMetadata(execution), data: target.payload ?? {} }),
    };
    const bytes =
      TIME_BYTES +
      Buffer.byteLength(entry.Source) +
      Buffer.byteLength(entry.DetailType) +
      Buffer.byteLength(entry.Detail);
    if (bytes > MAX_EVENT_BYTES) {
      const message = `the event has ${bytes} bytes; EventBridge accepts at most ${MAX_EVENT_BYTES}`;
      return failed({ message, final: true });
    }
    const { putEvent } = await import('./eventbridge.ts');
    const { EventId, ErrorCode, ErrorMessage } = await putEvent(parseArn(eventBus), entry, signal);
    if (ErrorCode === undefined) {
      const answer = { event_id: EventId };
      return { stdout: JSON.stringify(answer), meta: answer };
    }
    const message = `EventBridge refused the event: ${ErrorCode}: ${withoutArns(ErrorMessage ?? 'no reason given')}`;
    if (TEMPORARY_CODES.has(ErrorCode)) throw new TargetUnavailableError(target.target, message);
    return failed({ message });
  });
}

const failed = (failure: Answer['failure'] & object): Answer => ({ stdout: '', failure, meta: null });
