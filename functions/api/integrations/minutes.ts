import { toMinute } from '../../core/domain/counters.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listMinutes } from '../../core/store/counters.ts';
import { operation } from '../http/operation.ts';

/** This minute and the 59 before it: the hour of `/stats`. */
const MINUTES_SHOWN = 60;

/** One minute of the last hour. */
export interface MinuteView {
  /** When it began, ISO 8601. */
  readonly minute: string;
  /** Runs that ended well in it. */
  readonly ok: number;
  /** Runs that failed in it, timeouts included. */
  readonly error: number;
}

export interface MinutesView {
  /** All sixty, oldest first. */
  readonly minutes: readonly MinuteView[];
}

/** How the organization's runs of the last hour ended, minute by minute. Beyond the contract: the page draws it. */
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
