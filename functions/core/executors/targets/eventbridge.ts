import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import type { ArnParts } from './arn.ts';
import { perKey } from './per-key.ts';

const clientIn = perKey((region) => new EventBridgeClient({ region }));

/** Puts an event on a bus. A refused event has an `ErrorCode` and no `EventId`. */
export async function putEvent(
  { region }: ArnParts,
  entry: PutEventsRequestEntry,
  signal: AbortSignal,
): Promise<PutEventsResultEntry> {
  const { Entries } = await clientIn(region).send(new PutEventsCommand({ Entries: [entry] }), { abortSignal: signal });
  const result = Entries?.[0];
  if (!result) throw new Error('EventBridge returned no result');
  return result;
}
