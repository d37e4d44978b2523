import * as z from 'zod';
import type { Json } from '../../../core/domain/json.ts';
import { QUEUE_GROUP, QUEUE_GROUP_RULE, type QueueTarget } from '../../../core/domain/targets/queue-target.ts';
import { inputObject, matchingText, orDefault, withKeywords } from '../../http/input-schemas.ts';
import { lazy } from '../../http/route.ts';
import { defaultPayload } from './default-payload.ts';
import { targetName } from './target-name.ts';

/** `queue` of a job that sends a message to a queue of the team. */
export const queue = lazy(() =>
  inputObject({
    target: targetName(),
    group: withKeywords(orDefault(matchingText(QUEUE_GROUP, QUEUE_GROUP_RULE), null), {
      description:
        'Message group of the tenant: SQS receives `<tenant>#<group>`. In a FIFO queue the id of the job by default.',
    }),
    payload: defaultPayload(),
  }),
);

/** `queue` in responses. */
export const queueView = lazy(() =>
  z.object({ target: z.string(), group: z.string().nullable(), payload: z.unknown() }),
);

export const toQueueTarget = ({ target, group, payload }: z.output<ReturnType<typeof queue>>): QueueTarget => ({
  type: 'queue',
  target,
  group,
  payload: payload as Json | null,
});

export const toQueueView = ({ target, group, payload }: QueueTarget) => ({ target, group, payload });
