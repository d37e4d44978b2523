import { type Delivery, deliveryExpiry, destinationOf, type Notice } from '../../domain/notification/delivery.ts';
import { nextCheckTime, RETRY_WINDOW_MS } from '../../domain/notification/delivery-retry.ts';
import { placeInGroup } from '../../domain/notification/grouping.ts';
import {
  countFailuresBefore,
  MAX_CONSECUTIVE_FAILURES,
  type NotificationRule,
  needsHistory,
  reportedKind,
  rulesFor,
} from '../../domain/notification/rule.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import { isolateRejected, type RejectedItem } from '../../platform/isolate-rejected.ts';
import type { Platform } from '../../platform/platform.ts';
import { isInvalidRequest } from '../../store/db.ts';
import { createDelivery, filterUngrouped, getNotificationGroup, joinDelivery } from '../../store/deliveries.ts';
import type { NotifiedEvent } from '../../store/keys.ts';
import { getNotificationSettings } from '../../store/notification-settings.ts';
import { listRunsBefore } from '../../store/run-lists.ts';
import { hastenSweep } from '../../store/sweep-agenda.ts';
import { toIsoTime } from './iso-time.ts';

/** Runs per transaction. DynamoDB allows 100 writes in one. */
const MAX_RUNS_PER_TRANSACTION = 90;
/** Attempts at one notification group that other processes change at the same time. */
const MAX_ATTEMPTS = 20;
/** Groups processed at the same time. */
const CONCURRENCY = 8;
/** Earlier runs that are read to count failures in a row; some of them were canceled. */
const HISTORY_RUNS = 3 * MAX_CONSECUTIVE_FAILURES;

/** Notices of one job and one event, with their destination. */
interface NoticeGroup extends NotifiedEvent {
  readonly jobName: string;
  readonly destination: string;
  readonly notices: readonly Notice[];
}

/**
 * Assigns notices to notifications, each notice once however often it is received, and sends the new notifications to
 * the deliverer.
 *
 * The assignment and the mark that it was made are one transaction. The sweeper sends a notification whose message a
 * crash prevented.
 *
 * @throws the first error of a group, after all other groups were processed
 */
export async function notify(platform: Platform, notices: readonly Notice[]): Promise<void> {
  const groups = await selectSubscribed(platform, [...groupByJob(notices).values()]);
  const errors: unknown[] = [];
  await forEachConcurrent(CONCURRENCY, groups, (group) =>
    placeGroup(platform, group).catch((error: unknown) => void errors.push(error)),
  );
  if (errors.length > 0) throw errors[0];
}

/**
 * Notifies like {@link notify}, and isolates notices that the store rejects, so that they do not block the others.
 *
 * @returns the rejected notices
 * @throws any other error, such as throttling: the whole batch must be repeated
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
    // A batch may contain the same change twice.
    if (/* guard: notification.group.once */ !group.some(({ run }) => run.ulid === notice.run.ulid)) group.push(notice);
    groups.set(name, group);
  }
  return groups;
}

/**
 * Returns the groups that have a destination: that of their job, and one for each rule that reports them. Costs one read
 * per job, and one more for events whose rule counts failures in a row.
 */
async function selectSubscribed(platform: Platform, groups: readonly (readonly Notice[])[]): Promise<NoticeGroup[]> {
  const first = groups.map(([notice]) => notice as Notice);
  const settings = await getNotificationSettings(platform.db, first);
  const selected: NoticeGroup[][] = groups.map(() => []);
  await forEachConcurrent(CONCURRENCY, [...groups.entries()], async ([i, notices]) => {
    const [jobSettings, { kind }] = [settings[i], first[i] as Notice];
    if (!jobSettings) return;
    const { job, defaults } = jobSettings;
    const destination = destinationOf(job, defaults, kind);
    selected[i] = [
      ...(destination ? [{ kind, rule: null, jobName: job.name, destination, notices }] : []),
      ...(await selectByRules(platform, rulesFor(defaults.rules, job, kind), job.name, notices)),
    ];
  });
  return selected.flat();
}

/** Returns a group for each rule and kind that reports some of the notices, which are of one job and kind. */
async function selectByRules(
  { db }: Platform,
  rules: readonly NotificationRule[],
  jobName: string,
  notices: readonly Notice[],
): Promise<readonly NoticeGroup[]> {
  const groups = new Map<string, NoticeGroup & { readonly notices: Notice[] }>();
  for (const notice of rules.length > 0 ? notices : []) {
    const history = rules.some((rule) => needsHistory(rule, notice.kind))
      ? await listRunsBefore(db, { ...notice, ulid: notice.run.ulid }, HISTORY_RUNS)
      : [];
    const failuresBefore = countFailuresBefore(history, notice.run.finishedAt);
    for (const rule of rules) {
      const kind = reportedKind(rule, notice.kind, failuresBefore);
      if (kind === null) continue;
      const name = `${kind}#${rule.name}`;
      const group = groups.get(name) ?? { kind, rule: rule.name, jobName, destination: rule.to, notices: [] };
      group.notices.push(notice);
      groups.set(name, group);
    }
  }
  return [...groups.values()];
}

async function placeGroup(platform: Platform, group: NoticeGroup): Promise<void> {
  for (let i = 0; i < group.notices.length; i += MAX_RUNS_PER_TRANSACTION) {
    await place(platform, { ...group, notices: group.notices.slice(i, i + MAX_RUNS_PER_TRANSACTION) });
  }
}

async function place(platform: Platform, group: NoticeGroup): Promise<void> {
  const { db } = platform;
  /** A notification that was sent before it was due, by a process with a fast clock or on request. */
  let sealed: string | undefined;
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const notices = await filterUngrouped(db, group.notices, group);
    const [first, last] = [notices[0], notices.at(-1)];
    if (!first || !last) {
      // An earlier attempt may have crashed before this.
      await hastenForDelivery(platform, group, platform.now());
      return;
    }
    const now = platform.now();
    const slot = await getNotificationGroup(db, first, group);
    const placement = placeInGroup(slot, group.destination, now, sealed !== undefined && sealed === slot?.delivery);
    if ('join' in placement) {
      const joined = await joinDelivery(
        db,
        { tenant: first.tenant, id: placement.join, kind: group.kind, rule: group.rule },
        notices,
        now,
      );
      if (joined === 'joined') return;
      if (joined === 'sealed') sealed = placement.join;
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
      rule: group.rule,
      run: last.run,
      runs: notices.length,
      since: first.run.finishedAt,
      folded: placement.folded,
      state: 'pending',
      attempts: 0,
      lastError: null,
      dueAt: toIsoTime(placement.dueAt),
      tryUntil: toIsoTime(placement.dueAt + RETRY_WINDOW_MS),
      createdAt: toIsoTime(now),
      deliveredAt: null,
      expiresAt: deliveryExpiry(now, last.purgeAt),
      wakeAt: toIsoTime(nextCheckTime(placement.dueAt)),
      resends: 0,
      leaseToken: null,
      leaseUntil: null,
    };
    if (!(await createDelivery(db, delivery, notices, slot, now))) continue;
    await hastenForDelivery(platform, group, placement.dueAt);
    await platform.queues.sendNotification(delivery, placement.dueAt - now);
    return;
  }
  throw new Error(`notifications of job ${group.notices[0]?.jobId}: changed by others ${MAX_ATTEMPTS} times`);
}

/** Makes a sweep due that checks whether a message that is due at `dueAt` was sent. */
async function hastenForDelivery({ db }: Platform, { notices: [notice] }: NoticeGroup, dueAt: number): Promise<void> {
  if (notice) await hastenSweep(db, notice.tenant, nextCheckTime(dueAt));
}
