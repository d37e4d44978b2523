import { randomUUID } from 'node:crypto';
import { type Clock, realNow } from '../support/clock.ts';
import { SchedulerError } from './errors.ts';
import { firstFireTime, nextFireTimes } from './expression.ts';
import { type ScheduleRecord, type ScheduleTarget, toTargetPayload } from './schedule.ts';
import type { GroupRecord, ScheduledDelivery, SchedulerStore, StoredSchedule } from './store.ts';

/** Message attributes of a dead letter, by name. */
export type DeadLetterAttributes = Readonly<Record<string, string>>;

/** Delivers to the targets of schedules. Each method rejects if the target does not accept the delivery. */
export interface SchedulerTargets {
  /** Sends to the queue, or asynchronously invokes the function, with this ARN. */
  deliver(target: ScheduleTarget, payload: string): Promise<void>;
  sendDeadLetter(queueArn: string, body: string, attributes: DeadLetterAttributes): Promise<void>;
}

/** A target that does not exist or cannot be a target. Not retryable. */
export class UnreachableTargetError extends Error {
  override readonly name = 'UnreachableTarget';
}

/** Logs abandoned deliveries and other background failures. */
export type SchedulerLog = (message: string) => void;

/** Real milliseconds between checks of the clock, which tests may move. */
const POLL_INTERVAL_MS = 200;
/** Real milliseconds between two polls that indicate a suspended machine, which is handled like a restart. */
const SUSPEND_THRESHOLD_MS = 60_000;
/** Maximum number of fires of one schedule in one poll. Tests may move the clock by days. */
const MAX_FIRES_PER_POLL = 500;
/** Maximum number of concurrent deliveries. */
const MAX_CONCURRENT_DELIVERIES = 10;
/** Maximum delay between two attempts of a delivery. */
const MAX_BACKOFF_MS = 60_000;

interface Entry extends StoredSchedule {
  /** Epoch milliseconds; `undefined` if the schedule will not fire again. */
  readonly next: number | undefined;
}

/**
 * Fires schedules when they are due and delivers to the target or the dead-letter queue. A fire is stored before it is
 * delivered, so a crash may deliver it twice but never loses it.
 *
 * Fires that became due while the system was stopped are delivered late if they are younger than the schedule's
 * `MaximumEventAgeInSeconds`; older ones are lost. Moving the clock loses none, except that a declared schedule, which invokes
 * a function of the platform, fires once for all times that it skips: the function would do the same work each time.
 */
export class SchedulerEngine {
  readonly #store: SchedulerStore;
  readonly #clock: Clock;
  readonly #targets: SchedulerTargets;
  readonly #log: SchedulerLog;
  readonly #entries = new Map<string, Entry>();
  readonly #groups = new Map<string, GroupRecord>();
  readonly #running = new Map<number, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #polledAt = 0;

  constructor(store: SchedulerStore, clock: Clock, targets: SchedulerTargets, log: SchedulerLog) {
    this.#store = store;
    this.#clock = clock;
    this.#targets = targets;
    this.#log = log;
    for (const group of store.groups()) this.#groups.set(group.name, group);
    if (!this.#groups.has('default')) this.createGroup('default');
    for (const schedule of store.schedules()) this.#entries.set(schedule.record.Arn, withNext(schedule));
    this.#skipOldFires();
  }

  /** Starts firing. */
  start(): void {
    this.#polledAt = realNow();
    this.#timer = setInterval(() => this.#poll(), POLL_INTERVAL_MS);
  }

  /** Stops firing and waits for running deliveries. Pending deliveries continue after the next start. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped = true;
    await Promise.all(this.#running.values());
    this.#store.close();
  }

  get schedules(): readonly ScheduleRecord[] {
    return [...this.#entries.values()].map(({ record }) => record).sort((a, b) => (a.Arn < b.Arn ? -1 : 1));
  }

  get groups(): readonly GroupRecord[] {
    return [...this.#groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  schedule(scheduleArn: string, name: string): ScheduleRecord {
    const entry = this.#entries.get(scheduleArn);
    if (!entry) throw new SchedulerError('ResourceNotFoundException', `Schedule ${name} does not exist.`);
    return entry.record;
  }

  /** Repeating a request with the same client token succeeds without effect. */
  create(record: ScheduleRecord, clientToken: string | null): void {
    this.assertGroup(record.GroupName);
    const existing = this.#entries.get(record.Arn);
    if (existing && clientToken !== null && existing.clientToken === clientToken) return;
    if (existing) throw new SchedulerError('ConflictException', `Schedule ${record.Name} already exists.`);
    this.#put({ record, clientToken, declared: false });
  }

  update(record: ScheduleRecord): void {
    const { CreationDate } = this.schedule(record.Arn, record.Name);
    // Fires that are already due use the previous definition.
    this.#poll();
    this.#put({ record: { ...record, CreationDate }, clientToken: null, declared: false });
  }

  delete(scheduleArn: string, name: string): void {
    this.schedule(scheduleArn, name);
    this.#forget(scheduleArn);
  }

  /** Replaces the declared schedules by those of the template. Unchanged schedules keep their state. */
  declare(records: readonly ScheduleRecord[]): void {
    const declaredArns = new Set(records.map((record) => record.Arn));
    for (const { record, declared } of this.#entries.values()) {
      if (declared && !declaredArns.has(record.Arn)) this.#forget(record.Arn);
    }
    for (const record of records) {
      const existing = this.#entries.get(record.Arn);
      if (!existing || !equalIgnoringDates(existing.record, record))
        this.#put({ record, clientToken: null, declared: true });
    }
  }

  createGroup(name: string): GroupRecord {
    if (this.#groups.has(name)) {
      throw new SchedulerError('ConflictException', `Schedule group ${name} already exists.`);
    }
    const group = { name, createdAt: this.#clock.now() / 1_000 };
    this.#store.saveGroup(group);
    this.#groups.set(name, group);
    return group;
  }

  /** Deletes a group and its schedules. */
  deleteGroup(name: string): void {
    this.assertGroup(name);
    for (const { record } of this.#entries.values()) if (record.GroupName === name) this.#forget(record.Arn);
    this.#store.deleteGroup(name);
    this.#groups.delete(name);
  }

  assertGroup(name: string): GroupRecord {
    const group = this.#groups.get(name);
    if (!group) throw new SchedulerError('ResourceNotFoundException', `Schedule group ${name} does not exist.`);
    return group;
  }

  #put(schedule: Omit<StoredSchedule, 'firedThrough'>): void {
    const { record } = schedule;
    const startsNow = record.ScheduleExpression.startsWith('rate') && record.StartDate === undefined;
    const stored = { ...schedule, firedThrough: startsNow ? firstFireTime(record) - 1 : this.#clock.now() };
    this.#store.saveSchedule(stored);
    this.#entries.set(record.Arn, withNext(stored));
  }

  #forget(scheduleArn: string): void {
    this.#store.deleteSchedule(scheduleArn);
    this.#entries.delete(scheduleArn);
  }

  #skipOldFires(): void {
    const now = this.#clock.now();
    for (const entry of this.#entries.values()) {
      const oldest = now - entry.record.Target.RetryPolicy.MaximumEventAgeInSeconds * 1_000;
      if (entry.next !== undefined && entry.next < oldest) {
        this.#store.fire(entry.record, [], oldest);
        this.#entries.set(entry.record.Arn, withNext({ ...entry, firedThrough: oldest }));
      }
    }
  }

  #poll(): void {
    try {
      if (realNow() - this.#polledAt > SUSPEND_THRESHOLD_MS) this.#skipOldFires();
      this.#polledAt = realNow();
      const now = this.#clock.now();
      for (const entry of this.#entries.values()) {
        if (entry.next !== undefined && entry.next <= now) this.#fire(entry, now);
      }
      this.#deliverDue(now);
    } catch (error) {
      this.#log(`scheduler: ${String(error)}`);
    }
  }

  #fire(entry: Entry, now: number): void {
    const { record, declared } = entry;
    const fires = nextFireTimes(record, entry.firedThrough, MAX_FIRES_PER_POLL).filter((at) => at <= now);
    const firedThrough = fires.at(-1) ?? now;
    this.#store.fire(record, declared ? fires.slice(-1) : fires, firedThrough);
    const advanced = withNext({ ...entry, firedThrough });
    if (advanced.next === undefined && record.ActionAfterCompletion === 'DELETE') this.#forget(record.Arn);
    else this.#entries.set(record.Arn, advanced);
  }

  #deliverDue(now: number): void {
    for (const delivery of this.#store.dueDeliveries(now, 2 * MAX_CONCURRENT_DELIVERIES)) {
      if (this.#running.size >= MAX_CONCURRENT_DELIVERIES) return;
      if (this.#running.has(delivery.id)) continue;
      const done = this.#attempt(delivery)
        .catch((error: unknown) => this.#log(`scheduler: ${delivery.schedule}: ${String(error)}`))
        .finally(() => {
          this.#running.delete(delivery.id);
          // Many schedules fire on the hour; the next delivery must not wait for the next poll.
          if (!this.#stopped) this.#deliverDue(this.#clock.now());
        });
      this.#running.set(delivery.id, done);
    }
  }

  async #attempt(delivery: ScheduledDelivery): Promise<void> {
    const { id, target, schedule, scheduledAt } = delivery;
    const executionId = randomUUID();
    const payload = toTargetPayload(target, schedule, scheduledAt, delivery.failures + 1, executionId);
    try {
      await this.#targets.deliver(target, payload);
      this.#store.removeDelivery(id);
    } catch (error) {
      const failures = delivery.failures + 1;
      const dueAt = this.#clock.now() + Math.min(MAX_BACKOFF_MS, 1_000 * 2 ** (failures - 1));
      const exhausted = exhaustedCondition(delivery, failures, dueAt);
      if (exhausted === undefined && !(error instanceof UnreachableTargetError)) {
        this.#store.postponeDelivery(id, failures, dueAt);
        return;
      }
      // A crash in between repeats the dead letter rather than losing it.
      await this.#giveUp(delivery, payload, executionId, error, exhausted).finally(() => {
        this.#store.removeDelivery(id);
      });
    }
  }

  async #giveUp(
    { target, schedule, scheduledAt, failures }: ScheduledDelivery,
    payload: string,
    executionId: string,
    error: unknown,
    exhausted: string | undefined,
  ): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    this.#log(`scheduler: ${schedule} gave up its fire of ${new Date(scheduledAt).toISOString()}: ${message}`);
    if (!target.DeadLetterConfig) return;
    await this.#targets.sendDeadLetter(target.DeadLetterConfig.Arn, payload, {
      ERROR_CODE: error instanceof Error ? error.name : 'Error',
      ERROR_MESSAGE: message,
      EXECUTION_ID: executionId,
      ...(exhausted !== undefined && { EXHAUSTED_RETRY_CONDITION: exhausted }),
      IS_PAYLOAD_TRUNCATED: 'false',
      RETRY_ATTEMPTS: String(failures),
      SCHEDULED_TIME: new Date(scheduledAt).toISOString().replace(/\.\d+Z$/, 'Z'),
      SCHEDULE_ARN: schedule,
      TARGET_ARN: target.Arn,
    });
  }
}

/** Returns the limit of the retry policy that forbids another attempt at `dueAt`, if any. */
function exhaustedCondition(delivery: ScheduledDelivery, failures: number, dueAt: number): string | undefined {
  const { MaximumEventAgeInSeconds: age, MaximumRetryAttempts: attempts } = delivery.target.RetryPolicy;
  if (failures > attempts) return 'MaximumRetryAttempts';
  return dueAt > delivery.scheduledAt + age * 1_000 ? 'MaximumEventAgeInSeconds' : undefined;
}

function withNext(schedule: StoredSchedule): Entry {
  const enabled = schedule.record.State === 'ENABLED';
  return { ...schedule, next: enabled ? nextFireTimes(schedule.record, schedule.firedThrough, 1)[0] : undefined };
}

function equalIgnoringDates(a: ScheduleRecord, b: ScheduleRecord): boolean {
  const withoutDates = (record: ScheduleRecord) =>
    JSON.stringify({ ...record, CreationDate: 0, LastModificationDate: 0 });
  return withoutDates(a) === withoutDates(b);
}
