import type { SweepMessage } from '../../../functions/core/domain/messages.ts';

/** The event with which a queue invokes the sweeper for a sweep of the whole tenant. */
export function sweepEvent(tenant: string): object {
  const message: SweepMessage = { v: 1, tenant: tenant as SweepMessage['tenant'], full: true };
  return {
    Records: [{ messageId: 'sweep-1', body: JSON.stringify(message), eventSourceARN: 'sweeps', attributes: {} }],
  };
}
