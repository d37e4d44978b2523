import {
  type Delivery,
  deliveryExpiry,
  destinationOf,
  type Notice,
  type NotificationKind,
} from '../../domain/notification/delivery.ts';
import { nextCheckTime, RETRY_WINDOW_MS } from '../../domain/notification/delivery-retry.ts';
import { placeInGroup } from '../../domain/notification/grouping.ts';
import { isolateRejected, type RejectedItem } from '../../platform/isolate-rejected.ts';
import type { Platform } from '../../platform/platform.ts';
import { isInvalidRequest } from '../../store/db.ts';
import { createDelivery, filterUngrouped, getNotificationGroup, joinDelivery } from '../../store/deliveries.ts';
import { getNotificationSettings } from '../../store/notification-settings.ts';

/** Runs whose place is found in one transaction, which has room for 100 writes. */
const MAX_RUNS_PER_TRANSACTION = 90;
/** Tries at one slot when others fill it at the same time. */
const MAX_ATTEMPTS = 20;
/** Jobs that are told of at the same time. */
const CONCURRENCY = 8;

const toIsoTime = (time: number) => new Date(time).toISOString();

/** What ended of one job, in one way, and where that is to be told. */
interface NoticeGroup {
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
  const groups = await selectSubscribed(platform, [...groupByJob(notices).values()]);
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      await placeGroup(platform, group).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  if (errors.length > 0) throw errors[0];
}

/**
 * Notifies as `notify` does, but for notices that the store refuses: they hold up no other one.
 *
 * @returns the refused notices
 * @throws any other error, such as throttling: the whole batch is to come again
 */
export function notifyIsolated(
  platform: Platform,
  notices: readonly Notice[],
): Promise<readonly RejectedItem<Notice>[]> {
  return isolateRejected(notices, (some) => notify(platform, some), isInvalidRequest);
}

function groupByJob(notices: readonly Notice[]): Map<string, Notice[]> {
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
async function selectSubscribed({ db }: Platform, groups: readonly (readonly Notice[])[]): Promise<NoticeGroup[]> {
  const first = groups.map(([notice]) => notice as Notice);
  const settings = await getNotificationSettings(db, first);
  return groups.flatMap((notices, i): NoticeGroup[] => {
    const [jobSettings, { kind }] = [settings[i], first[i] as Notice];
    const destination = jobSettings && destinationOf(jobSettings.job, jobSettings.defaults, kind);
    return destination ? [{ kind, jobName: jobSettings.job.name, destination, notices }] : [];
  });
}

async function placeGroup(platform: Platform, group: NoticeGroup): Promise<void> {
  for (let i = 0; i < group.notices.length; i += MAX_RUNS_PER_TRANSACTION) {
    await place(platform, { ...group, notices: group.notices.slice(i, i + MAX_RUNS_PER_TRANSACTION) });
  }
}

async function place(platform: Platform, group: NoticeGroup): Promise<void> {
  const { db } = platform;
  /** A message that was tried before it was due: by somebody whose clock is ahead, or who was asked to. */
  let sealed: string | undefined;
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const notices = await filterUngrouped(db, group.notices, group.kind);
    const [first, last] = [notices[0], notices.at(-1)];
    if (!first || !last) return;
    const now = platform.now();
    const slot = await getNotificationGroup(db, first, group.kind);
    const where = placeInGroup(slot, group.destination, now, sealed !== undefined && sealed === slot?.delivery);
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
      dueAt: toIsoTime(where.dueAt),
      tryUntil: toIsoTime(where.dueAt + RETRY_WINDOW_MS),
      createdAt: toIsoTime(now),
      deliveredAt: null,
      expiresAt: deliveryExpiry(now, last.purgeAt),
      wakeAt: toIsoTime(nextCheckTime(where.dueAt)),
      resends: 0,
      leaseToken: null,
      leaseUntil: null,
    };
    if (!(await createDelivery(db, delivery, notices, slot, now))) continue;
    await platform.queues.sendNotification(delivery, where.dueAt - now);
    return;
  }
  throw new Error(`notifications of job ${group.notices[0]?.jobId}: changed by others ${MAX_ATTEMPTS} times`);
}
