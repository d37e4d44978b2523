import {
  type Delivery,
  destinationOf,
  expiryOf,
  type Notice,
  type NotificationKind,
} from '../../domain/notification/delivery.ts';
import { placeOf } from '../../domain/notification/folding.ts';
import { TRY_FOR_MS, wakeTime } from '../../domain/notification/tries.ts';
import { isolate, type Refused } from '../../platform/isolate.ts';
import type { Platform } from '../../platform/platform.ts';
import { isRefusal } from '../../store/db.ts';
import { createDelivery, getSlot, joinDelivery, withoutPlace } from '../../store/deliveries.ts';
import { getWishes } from '../../store/notification-wishes.ts';

/** Runs whose place is found in one transaction, which has room for 100 writes. */
const RUNS_AT_ONCE = 90;
/** Tries at one slot when others fill it at the same time. */
const TRIES = 20;
/** Jobs that are told of at the same time. */
const AT_ONCE = 8;

const iso = (time: number) => new Date(time).toISOString();

/** What ended of one job, in one way, and where that is to be told. */
interface Group {
  readonly kind: NotificationKind;
  readonly jobName: string;
  readonly destination: string;
  readonly notices: readonly Notice[];
}

/**
 * Finds the ends of runs that somebody wants to know of their places in messages, each once however often it is heard
 * of, and sends what is new to the deliverer.
 *
 * A place and the mark that it was given are one transaction; what a crash keeps from being sent is the sweeper's.
 *
 * @throws the first error of a job's, after the ends of the other jobs have found their places
 */
export async function notify(platform: Platform, notices: readonly Notice[]): Promise<void> {
  const groups = await wanted(platform, [...byJob(notices).values()]);
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      await tellOf(platform, group).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (errors.length > 0) throw errors[0];
}

/**
 * Notifies as `notify` does, but for notices that the store refuses: they hold up no other one.
 *
 * @returns the refused notices
 * @throws any other error, such as throttling: the whole batch is to come again
 */
export function notifyEach(platform: Platform, notices: readonly Notice[]): Promise<readonly Refused<Notice>[]> {
  return isolate(notices, (some) => notify(platform, some), isRefusal);
}

function byJob(notices: readonly Notice[]): Map<string, Notice[]> {
  const groups = new Map<string, Notice[]>();
  for (const notice of notices) {
    const name = [notice.tenant, notice.jobId, notice.incarnation, notice.kind].join('#');
    const group = groups.get(name) ?? [];
    // A batch may hold the same change twice.
    if (/* guard: notification.group.once */ !group.some(({ run }) => run.ulid === notice.run.ulid)) group.push(notice);
    groups.set(name, group);
  }
  return groups;
}

/** The groups that somebody wants to know of: few jobs say so, and the others cost a read. */
async function wanted({ db }: Platform, groups: readonly (readonly Notice[])[]): Promise<Group[]> {
  const first = groups.map(([notice]) => notice as Notice);
  const wishes = await getWishes(db, first);
  return groups.flatMap((notices, i): Group[] => {
    const [wish, { kind }] = [wishes[i], first[i] as Notice];
    const destination = wish && destinationOf(wish.job, wish.defaults, kind);
    return destination ? [{ kind, jobName: wish.job.name, destination, notices }] : [];
  });
}

async function tellOf(platform: Platform, group: Group): Promise<void> {
  for (let i = 0; i < group.notices.length; i += RUNS_AT_ONCE) {
    await place(platform, { ...group, notices: group.notices.slice(i, i + RUNS_AT_ONCE) });
  }
}

async function place(platform: Platform, group: Group): Promise<void> {
  const { db } = platform;
  /** A message that was tried before it was due: by somebody whose clock is ahead, or who was asked to. */
  let sealed: string | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    const notices = await withoutPlace(db, group.notices, group.kind);
    const [first, last] = [notices[0], notices.at(-1)];
    if (!first || !last) return;
    const now = platform.now();
    const slot = await getSlot(db, first, group.kind);
    const where = placeOf(slot, group.destination, now, sealed !== undefined && sealed === slot?.delivery);
    if ('join' in where) {
      const joined = await joinDelivery(db, { tenant: first.tenant, id: where.join, kind: group.kind }, notices, now);
      if (joined === 'joined') return;
      if (joined === 'sealed') sealed = where.join;
      continue;
    }
    const delivery: Delivery = {
      tenant: first.tenant,
      id: platform.newUlid(now),
      kind: group.kind,
      jobId: first.jobId,
      incarnation: first.incarnation,
      jobName: group.jobName,
      destination: group.destination,
      run: last.run,
      runs: notices.length,
      since: first.run.finishedAt,
      folded: where.folded,
      state: 'pending',
      attempts: 0,
      lastError: null,
      dueAt: iso(where.dueAt),
      tryUntil: iso(where.dueAt + TRY_FOR_MS),
      createdAt: iso(now),
      deliveredAt: null,
      expiresAt: expiryOf(now, last.purgeAt),
      wakeAt: iso(wakeTime(where.dueAt)),
      resends: 0,
      leaseToken: null,
      leaseUntil: null,
    };
    if (!(await createDelivery(db, delivery, notices, slot, now))) continue;
    await platform.queues.sendNotification(delivery, where.dueAt - now);
    return;
  }
  throw new Error(`notifications of job ${group.notices[0]?.jobId}: changed by others ${TRIES} times`);
}
