import { purgeTime } from '../../../functions/core/domain/timing.ts';
import type { FlowContext } from '../../../functions/core/executors/flow/flow-context.ts';
import { createAddressRule } from '../../../functions/core/executors/http/public-address.ts';
import { seededRandom } from '../seeded-random.ts';
import { acme } from './executions.ts';

/** Epoch milliseconds at which the test clock starts. */
export const NOON = Date.parse('2026-03-02T12:00:00.000Z');

/** A context for sources and sinks that only send HTTP requests. Allows connections to the local machine. */
export function httpContext(context: Partial<FlowContext> = {}): FlowContext {
  const nothing = {} as never;
  return {
    run: {
      tenant: acme,
      jobId: 'orders',
      incarnation: 'k3f9',
      ulid: '01JNXA3V5T9YV0Q2Z6W8M4R7B1',
      createdAt: new Date(NOON).toISOString(),
      finishedAt: null,
      purgeAt: purgeTime(NOON, 30),
    },
    pageSize: 100,
    tasks: 1,
    db: nothing,
    objects: nothing,
    sqs: nothing,
    sourceQueuePrefix: 'jobdeck-',
    mayConnect: createAddressRule(['127.0.0.0/8']),
    now: () => NOON,
    random: seededRandom(1),
    redaction: undefined,
    takeHostToken: async () => 0,
    takeOperatorToken: async () => 0,
    log: () => {},
    ...context,
  };
}

/**
 * Creates a pause function that returns at once, the list of the requested durations, and a clock that the pauses advance:
 * concurrent pauses pass at the same time.
 */
export function recordedPauses() {
  const pauses: number[] = [];
  let time = NOON;
  return {
    pauses,
    pause: async (ms: number): Promise<void> => {
      pauses.push(ms);
      const until = time + ms;
      await Promise.resolve();
      time = Math.max(time, until);
    },
    now: () => time,
  };
}
