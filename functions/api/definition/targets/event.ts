import * as z from 'zod';
import type { Json } from '../../../core/domain/json.ts';
import {
  DEFAULT_SOURCE,
  EVENT_SOURCE,
  EVENT_SOURCE_RULE,
  type EventTarget,
  MAX_DETAIL_TYPE_LENGTH,
} from '../../../core/domain/targets/event-target.ts';
import { inputObject, matchingText, name, orDefault } from '../../http/input-schemas.ts';
import { lazy } from '../../http/route.ts';
import { defaultPayload } from './default-payload.ts';
import { targetName } from './target-name.ts';

/** `event` of a job that puts an event on an event bus of the team. */
export const event = lazy(() =>
  inputObject({
    target: targetName(),
    detail_type: name(MAX_DETAIL_TYPE_LENGTH),
    source: orDefault(matchingText(EVENT_SOURCE, EVENT_SOURCE_RULE), DEFAULT_SOURCE),
    payload: defaultPayload(),
  }),
);

/** `event` in responses. */
export const eventView = lazy(() =>
  z.object({ target: z.string(), detail_type: z.string(), source: z.string(), payload: z.unknown() }),
);

export const toEventTarget = (given: z.output<ReturnType<typeof event>>): EventTarget => ({
  type: 'event',
  target: given.target,
  detailType: given.detail_type,
  source: given.source,
  payload: given.payload as Json | null,
});

export const toEventView = ({ target, detailType, source, payload }: EventTarget) => ({
  target,
  detail_type: detailType,
  source,
  payload,
});
