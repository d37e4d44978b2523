import { toMinute } from '../../core/domain/counters.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listMinutes } from '../../core/store/counters.ts';
import { operation } from '../http/operation.ts';

/** The current minute and the 59 before it, as in `GET /stats`. */
const MINUTES_SHOWN = 60;

/** The run counts of one minute. */
export interface MinuteView {
  /** Start of the minute, ISO 8601. */
  readonly minute: string;
  /** Completed runs. */
  readonly ok: number;
  /** Failed runs, including timeouts. */
  readonly error: number;
}

export interface MinutesView {
  /** All 60 minutes, oldest first. */
  readonly minutes: readonly MinuteView[];
}

/**
 * Returns the completed and failed runs of the last hour by minute. The integration metrics contract does not have this
 * route; the console draws a chart of it.
 */
export const getMinutes = ({ db, now }: Pick<Platform, 'db' | 'now'>) =>
  operation({
    async handle({ caller: { tenant } }) {
      const time = now();
      const counted = new Map(
        (await listMinutes(db, tenant, time, MINUTES_SHOWN)).map((counts) => [counts.minute, counts]),
      );
      const minutes = Array.from({ length: MINUTES_SHOWN }, (_, i): MinuteView => {
        const minute = toMinute(time - (MINUTES_SHOWN - 1 - i) * 60_000);
        const { ok, error } = counted.get(minute) ?? { ok: 0, error: 0 };
        return { minute: `${minute}:00.000Z`, ok, error };
      });
      return { status: 200, body: { minutes } satisfies MinutesView };
    },
  });
