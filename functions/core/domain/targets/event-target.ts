import { InvalidInput } from '../errors.ts';
import type { Json } from '../json.ts';

/** An event on an event bus of the team. */
export interface EventTarget {
  readonly type: 'event';
  /** Name of the declared event bus. */
  readonly target: string;
  readonly detailType: string;
  readonly source: string;
  /** Payload of runs without one of their own; null for none. */
  readonly payload: Json | null;
}

/** An EventBridge event bus that jobs may put events on. */
export interface DeclaredEventBus {
  readonly type: 'event';
  readonly tenants?: readonly string[];
  /** ARN of the event bus. */
  readonly eventBus: string;
}

/** Source of events whose job names none. */
export const DEFAULT_SOURCE = 'jobdeck';

export const EVENT_SOURCE = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,255}$/;

/** The rule in words, to follow "must be". */
export const EVENT_SOURCE_RULE = '1–256 of A–Z a–z 0–9 _ - . / and start with a letter or digit';

/** Maximum length of the detail type of an event, in characters. */
export const MAX_DETAIL_TYPE_LENGTH = 128;

/** Maximum size of an entry in bytes: detail, detail type and source, and 14 bytes for the time. */
export const MAX_EVENT_BYTES = 256 * 1024;

/** @throws InvalidInput if the source of the event is reserved for services of AWS */
export function validateEvent({ source }: EventTarget): void {
  if (!source.startsWith('aws.')) return;
  throw new InvalidInput('event.source', `must not start with aws., which EventBridge reserves, got '${source}'`);
}
