import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../domain/job.ts';
import { nextStart } from '../../domain/throttle.ts';
import type { Platform } from '../../platform/platform.ts';
import { getStarts, replaceStarts } from '../../store/throttles.ts';

/** Attempts at one reservation while other processes reserve starts of the same key value. */
const MAX_ATTEMPTS = 50;

type ThrottlePlatform = Pick<Platform, 'db' | 'now' | 'random'>;

/**
 * Reserves the start of a run that cannot start now, because runs of its key value have started or will start before it.
 *
 * @param key name of the key value (`throttleKeyOf`); null without one
 * @returns the time of the start, epoch milliseconds; `undefined` if the run may start now, for which nothing is reserved
 */
export async function reserveLaterStart(
  platform: ThrottlePlatform,
  job: Job,
  key: string | null,
): Promise<number | undefined> {
  return reserve(platform, job, key, (at, now) => at > now);
}

/**
 * Reserves the start of a run that starts now.
 *
 * @returns a later time, epoch milliseconds, if other processes have reserved all starts meanwhile; otherwise `undefined`
 */
export async function reserveStart(
  platform: ThrottlePlatform,
  job: Job,
  key: string | null,
): Promise<number | undefined> {
  return reserve(platform, job, key, () => true);
}

/** A start that is reserved for a run without a row, because of a crash or a repeated request, stays empty. */
async function reserve(
  { db, now, random }: ThrottlePlatform,
  { tenant, throttle }: Job,
  key: string | null,
  isWanted: (at: number, now: number) => boolean,
): Promise<number | undefined> {
  if (!throttle || key === null) return undefined;
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    // Random backoff separates processes that collide.
    if (attempts > 0) await sleep(random() * Math.min(10 * attempts, 100));
    const seen = await getStarts(db, tenant, key);
    const time = now();
    const { at, starts } = nextStart(seen, throttle, time);
    if (!isWanted(at, time)) return undefined;
    if (await replaceStarts(db, { tenant, key }, seen, starts)) return at > time ? at : undefined;
  }
  throw new Error(`throttle of ${key}: its starts changed in ${MAX_ATTEMPTS} attempts`);
}
