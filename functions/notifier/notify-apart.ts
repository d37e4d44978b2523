import type { Notice } from '../domain/notification/delivery.ts';
import type { Platform } from '../platform/platform.ts';
import { isRefusal } from '../store/db.ts';
import { notify } from './notify.ts';

/** An end of a run that the store refuses, however often it is offered. */
export interface RefusedNotice {
  readonly notice: Notice;
  readonly error: unknown;
}

/**
 * Notifies of ends of runs. Where the store refuses something of them, halves the batch until each refused notice is
 * alone, so that it holds up no other one. A notice that has its place already is left as it is.
 *
 * @returns the notices that the store refuses
 * @throws any other error, such as throttling: the whole batch is to come again
 */
export async function notifyApart(platform: Platform, notices: readonly Notice[]): Promise<readonly RefusedNotice[]> {
  try {
    await notify(platform, notices);
    return [];
  } catch (error) {
    const [notice] = notices;
    if (!isRefusal(error) || !notice) throw error;
    if (notices.length === 1) return [{ notice, error }];
  }
  const middle = Math.ceil(notices.length / 2);
  const before = await notifyApart(platform, notices.slice(0, middle));
  return [...before, ...(await notifyApart(platform, notices.slice(middle)))];
}
