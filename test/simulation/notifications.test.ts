import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import { endNotice } from '../../functions/core/domain/notification/delivery.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import type { SendDelivery } from '../../functions/core/engine/notifications/delivery/deliver.ts';
import { deliver } from '../../functions/core/engine/notifications/delivery/deliver.ts';
import { notify, notifyIsolated } from '../../functions/core/engine/notifications/notify.ts';
import { sweepNotifications } from '../../functions/core/engine/sweep/sweep-notifications.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { failedRun, listAllDeliveries } from '../helpers/builders/deliveries.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { advanceClock, drainNotifications } from '../helpers/simulations/process-messages.ts';

const store = { db: memoryDb() };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const noticesOf = (...runs: readonly Run[]) => runs.flatMap((run) => endNotice(run) ?? []);
const given = async () => {
  const platform = testPlatform(store.db);
  return { platform, job: await givenJob(platform, { onFailure: '#alerts' }) };
};

/** A receiver that accepts every delivery and records the ids for deduplication. */
function receiver() {
  const received: { readonly id: string; readonly runs: number }[] = [];
  const send: SendDelivery = async ({ id, runs }) => {
    received.push({ id, runs });
    return { kind: 'delivered' };
  };
  return { send, received, ids: () => [...new Set(received.map(({ id }) => id))] };
}

/** Advances the clock by minutes with a sweep and deliveries each. */
async function minutes(
  platform: TestPlatform,
  tenant: Run['tenant'],
  send: SendDelivery,
  count = 4,
  step = 1,
): Promise<void> {
  for (let i = 0; i < count; i += step) {
    advanceClock(platform, step * MINUTE);
    await sweepNotifications(platform, tenant);
    await drainNotifications(platform, send);
  }
}

describe('notify', () => {
  it('sends one notification for a run end that is received several times, at once and later', async () => {
    const { platform, job } = await given();
    const { send, received } = receiver();
    const notices = noticesOf(failedRun(platform, job, 1));

    await Promise.all(Array.from({ length: 4 }, () => notify(platform, [...notices, ...notices])));
    await drainNotifications(platform, send);
    advanceClock(platform, 2 * MINUTE);
    await notify(platform, notices);
    await minutes(platform, job.tenant, send);

    expect(received).toHaveLength(1);
    expect(await listAllDeliveries(platform, job.tenant)).toMatchObject([{ state: 'delivered', runs: 1, attempts: 1 }]);
  });

  it.each(['completed', 'canceled'] as const)('sends no failure notification for a run that is %s', async (state) => {
    const { platform, job } = await given();

    await notify(platform, noticesOf(failedRun(platform, job, 1, { state, failure: null })));

    expect(await listAllDeliveries(platform, job.tenant)).toEqual([]);
  });

  it('sends no notification for a job that was deleted or defined again', async () => {
    const { platform, job } = await given();

    await notify(platform, noticesOf(failedRun(platform, { ...job, incarnation: 'gone0000' }, 1)));
    await notify(platform, noticesOf(failedRun(platform, { ...job, id: 'other' }, 1)));

    expect(await listAllDeliveries(platform, job.tenant)).toEqual([]);
  });
});

describe('a burst of failures', () => {
  it('sends one message at once and one per minute, which together contain every run once', async () => {
    const { platform, job } = await given();
    const { send, received } = receiver();
    let number = 0;
    const burst = async (runs: number) => {
      await notify(platform, noticesOf(...Array.from({ length: runs }, () => failedRun(platform, job, ++number))));
      await drainNotifications(platform, send);
    };

    await burst(3);
    for (let second = 0; second < 150; second += 10) {
      advanceClock(platform, 10 * SECOND);
      await drainNotifications(platform, send);
      await burst(2);
    }
    await minutes(platform, job.tenant, send, 2);

    expect(received).toHaveLength(4);
    expect(received.reduce((sum, { runs }) => sum + runs, 0)).toBe(number);
    const deliveries = await listAllDeliveries(platform, job.tenant);
    expect(deliveries.map(({ folded }) => folded)).toEqual([false, true, true, true]);
    const gaps = deliveries.slice(1).map(({ dueAt }, i) => Date.parse(dueAt) - Date.parse(deliveries[i]?.dueAt ?? ''));
    expect(gaps).toEqual([MINUTE, MINUTE, MINUTE]);
  });

  it('sends one complete message for more runs than a transaction can hold', async () => {
    const { platform, job } = await given();
    const { send, received } = receiver();
    const notices = noticesOf(...Array.from({ length: 250 }, (_, i) => failedRun(platform, job, i)));

    await notify(platform, notices);
    await notify(platform, notices);
    await drainNotifications(platform, send);
    await minutes(platform, job.tenant, send, 2);

    expect(received.reduce((sum, { runs }) => sum + runs, 0)).toBe(250);
    expect(received).toHaveLength(2);
  });

  it('notifies each run once if several notifiers receive the burst', async () => {
    const { platform, job } = await given();
    const { send, received } = receiver();
    const burst = Array.from({ length: 12 }, (_, i) => noticesOf(failedRun(platform, job, i)));

    await Promise.all(burst.map((notices) => notify(platform, notices)));
    await drainNotifications(platform, send);
    await minutes(platform, job.tenant, send, 2);

    expect(received.reduce((sum, { runs }) => sum + runs, 0)).toBe(12);
    expect(received.length).toBeLessThanOrEqual(2);
  });

  it.each([
    ['delivered', { kind: 'delivered' }],
    ['pending', { kind: 'failed', error: 'HTTP 500' }],
  ] as const)('starts another message if the collecting one was attempted early and is %s', async (state, verdict) => {
    const { platform, job } = await given();
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    await notify(platform, noticesOf(failedRun(platform, job, 2)));
    const gathering = (await listAllDeliveries(platform, job.tenant)).find(({ folded }) => folded);
    const ahead = { ...platform, now: () => platform.now() + 2 * MINUTE };
    const deliveryMessage = { v: 1, tenant: job.tenant, delivery: gathering?.id ?? '' } as const;
    await deliver(ahead, async () => verdict, deliveryMessage);

    await notify(platform, noticesOf(failedRun(platform, job, 3)));

    const deliveries = await listAllDeliveries(platform, job.tenant);
    expect(deliveries.map(({ runs }) => runs)).toEqual([1, 1, 1]);
    expect(deliveries.find(({ id }) => id === gathering?.id)).toMatchObject({ state, attempts: 1 });
  });

  it('adds each run once to the collecting message if two notifiers receive it', async () => {
    const { platform, job } = await given();
    for (const number of [1, 2]) await notify(platform, noticesOf(failedRun(platform, job, number)));
    const twice = noticesOf(failedRun(platform, job, 3));

    await Promise.all([notify(platform, twice), notify(platform, twice)]);

    const runs = (await listAllDeliveries(platform, job.tenant)).map((delivery) => delivery.runs);
    expect(runs.toSorted((a, b) => a - b)).toEqual([1, 2]);
  });

  it('does not delay notifications of other jobs', async () => {
    const { platform, job } = await given();
    const other = await givenJob(platform, { ...job, id: 'other' });
    await notify(platform, noticesOf(failedRun(platform, job, 1), failedRun(platform, other, 1)));

    expect(platform.notifications.map(({ delayMs }) => delayMs)).toEqual([0, 0]);
  });
});

describe('notifyEach, if the store rejects the end of a run', () => {
  it('returns the rejected end, and delays neither other ends of the job nor those of another tenant', async () => {
    const { platform, job } = await given();
    const other = await givenJob(platform, { id: 'other', onFailure: '#other' });
    const runs = Array.from({ length: 7 }, (_, i) => failedRun(platform, job, i));
    const notices = noticesOf(...runs, failedRun(platform, other, 1));
    const poison = runs[4]?.ulid ?? '';

    const refused = await notifyIsolated({ ...platform, db: refusing(store.db, poison, refusal) }, notices);

    expect(refused.map(({ item }) => item.run.ulid)).toEqual([poison]);
    const deliveries = await listAllDeliveries(platform, job.tenant);
    expect(deliveries.reduce((sum, { runs: many }) => sum + many, 0)).toBe(6);
    expect(await listAllDeliveries(platform, other.tenant)).toMatchObject([{ destination: '#other', runs: 1 }]);
  });

  it('fails the whole batch if the store only throttles, after notifying for the other jobs', async () => {
    const { platform, job } = await given();
    const other = await givenJob(platform, { id: 'other', onFailure: '#other' });
    const run = failedRun(platform, job, 1);
    const throttled = () => Object.assign(new Error('slow down'), { name: 'ThrottlingException' });

    const notified = notifyIsolated(
      { ...platform, db: refusing(store.db, run.ulid, throttled) },
      noticesOf(run, failedRun(platform, other, 2)),
    );

    await expect(notified).rejects.toThrow('slow down');
    expect(await listAllDeliveries(platform, job.tenant)).toEqual([]);
    expect(await listAllDeliveries(platform, other.tenant)).toMatchObject([{ runs: 1 }]);
  });
});

const refusal = () => Object.assign(new Error('cannot be serialized'), { name: 'SerializationException' });

/** Wraps a database and fails every transaction that contains `text`. */
function refusing(db: Db, text: string, error: () => Error): Db {
  const client = new Proxy(db.client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property, target) as unknown;
      return async (command: Parameters<typeof target.send>[0]): Promise<unknown> => {
        const isWrite = command.constructor.name === 'TransactWriteItemsCommand';
        if (isWrite && JSON.stringify(command.input).includes(text)) throw error();
        return target.send(command);
      };
    },
  });
  return { ...db, client };
}

describe.each([false, true])('a crash at each call (response lost: %s)', (answerIsLost) => {
  /** Exceeds the number of calls, so that the last iterations do not crash. */
  const CALLS = 8;

  it('leaves one notification after redelivery, in the notifier', async () => {
    let crashes = 0;
    for (let crashAtCall = 1; crashAtCall <= CALLS; crashAtCall++) {
      const { platform, job } = await given();
      const { send, ids, received } = receiver();
      const notices = noticesOf(failedRun(platform, job, 1), failedRun(platform, job, 2));
      const db = faultyDb(store.db, { crashAtCall, answerIsLost });

      await notify({ ...platform, db }, notices).catch(() => crashes++);
      await notify(platform, notices);
      await minutes(platform, job.tenant, send, 3);

      expect(ids(), `crash at ${crashAtCall}`).toHaveLength(1);
      expect(received, `crash at ${crashAtCall}`).toMatchObject([{ runs: 2 }]);
    }
    expect(crashes).toBeGreaterThanOrEqual(3);
  });

  it('leaves each run once in a collecting message, in the notifier', async () => {
    for (let crashAtCall = 1; crashAtCall <= CALLS; crashAtCall++) {
      const { platform, job } = await given();
      const { send, received } = receiver();
      await notify(platform, noticesOf(failedRun(platform, job, 1)));
      await notify(platform, noticesOf(failedRun(platform, job, 2)));
      const notices = noticesOf(failedRun(platform, job, 3));
      const db = faultyDb(store.db, { crashAtCall, answerIsLost });

      await notify({ ...platform, db }, notices).catch(() => {});
      await notify(platform, notices);
      await minutes(platform, job.tenant, send, 3);

      expect(
        received.map(({ runs }) => runs),
        `crash at ${crashAtCall}`,
      ).toEqual([1, 2]);
    }
  });

  it('leaves one delivery id, in the deliverer with a lost message', async () => {
    let crashes = 0;
    for (let crashAtCall = 1; crashAtCall <= CALLS; crashAtCall++) {
      const { platform, job } = await given();
      const { send, ids, received } = receiver();
      await notify(platform, noticesOf(failedRun(platform, job, 1)));
      const [message] = platform.notifications.splice(0);
      const db = faultyDb(store.db, { crashAtCall, answerIsLost });

      const deliveryMessage = { v: 1, tenant: job.tenant, delivery: message?.id ?? '' } as const;
      await deliver({ ...platform, db }, send, deliveryMessage).catch(() => crashes++);
      await minutes(platform, job.tenant, send, 3);

      expect(ids(), `crash at ${crashAtCall}`).toHaveLength(1);
      expect(received.length, `crash at ${crashAtCall}`).toBeLessThanOrEqual(2);
      const [delivery, ...others] = await listAllDeliveries(platform, job.tenant);
      expect(others).toEqual([]);
      expect(delivery, `crash at ${crashAtCall}`).toMatchObject({ state: 'delivered', lastError: null });
    }
    expect(crashes).toBeGreaterThanOrEqual(2);
  });

  it('leaves the delivery to a retry, in the deliverer at a failing receiver', async () => {
    for (let crashAtCall = 1; crashAtCall <= CALLS; crashAtCall++) {
      const { platform, job } = await given();
      const { send, ids } = receiver();
      await notify(platform, noticesOf(failedRun(platform, job, 1)));
      const [message] = platform.notifications.splice(0);
      const db = faultyDb(store.db, { crashAtCall, answerIsLost });

      const failing: SendDelivery = async () => ({ kind: 'failed', error: 'HTTP 500' });
      const deliveryMessage = { v: 1, tenant: job.tenant, delivery: message?.id ?? '' } as const;
      await deliver({ ...platform, db }, failing, deliveryMessage).catch(() => {});
      platform.notifications.length = 0;
      await minutes(platform, job.tenant, send, 3);

      expect(ids(), `crash at ${crashAtCall}`).toEqual([message?.id]);
    }
  });
});

describe('deliver', () => {
  it('attempts a delivery whose message was lost within two minutes, with growing intervals', async () => {
    const { platform, job } = await given();
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    const sentAt: number[] = [];

    for (let minute = 1; minute <= 16; minute++) {
      platform.notifications.length = 0;
      advanceClock(platform, MINUTE);
      await sweepNotifications(platform, job.tenant);
      if (platform.notifications.length > 0) sentAt.push(minute);
    }

    expect(sentAt).toEqual([1, 3, 7, 15]);
  });

  it('attempts a delivery once if its message is delivered several times', async () => {
    const { platform, job } = await given();
    const { send, received } = receiver();
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    const [message] = platform.notifications.splice(0);
    const deliveryMessage = { v: 1, tenant: job.tenant, delivery: message?.id ?? '' } as const;

    await Promise.all([1, 2, 3, 4].map(() => deliver(platform, send, deliveryMessage)));
    await deliver(platform, send, deliveryMessage);

    expect(received).toHaveLength(1);
  });

  it('does not attempt a failed delivery early if its message is delivered twice', async () => {
    const { platform, job } = await given();
    const tried: number[] = [];
    const failing: SendDelivery = async ({ attempts }) => {
      tried.push(attempts);
      return { kind: 'failed', error: 'HTTP 500' };
    };
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    const [message] = platform.notifications.splice(0);
    const deliveryMessage = { v: 1, tenant: job.tenant, delivery: message?.id ?? '' } as const;
    const meanwhile = () => deliver(platform, failing, deliveryMessage);
    const db = faultyDb(store.db, { after: { command: 'GetItemCommand', meanwhile } });

    await deliver({ ...platform, db }, failing, deliveryMessage);

    expect(tried).toEqual([1]);
  });

  it('writes nothing over the result of its successor after the lease has expired', async () => {
    const { platform, job } = await given();
    const { send, received } = receiver();
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    const [message] = platform.notifications.splice(0);
    const deliveryMessage = { v: 1, tenant: job.tenant, delivery: message?.id ?? '' } as const;
    const zombie: SendDelivery = async () => {
      advanceClock(platform, 2 * MINUTE);
      await deliver(platform, send, deliveryMessage);
      return { kind: 'refused', error: 'too late' };
    };

    await deliver(platform, zombie, deliveryMessage);

    expect(received).toHaveLength(1);
    expect(await listAllDeliveries(platform, job.tenant)).toMatchObject([
      { state: 'delivered', attempts: 2, lastError: null },
    ]);
  });

  it('leaves a delivery that another deliverer attempts, and so does the sweeper', async () => {
    const { platform, job } = await given();
    const { send, received } = receiver();
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    const [message] = platform.notifications.splice(0);
    const deliveryMessage = { v: 1, tenant: job.tenant, delivery: message?.id ?? '' } as const;
    // The message is late, so that a sweep falls into its processing.
    advanceClock(platform, 40 * SECOND);
    const slow: SendDelivery = async (delivery) => {
      advanceClock(platform, 30 * SECOND);
      await deliver(platform, send, deliveryMessage);
      await sweepNotifications(platform, job.tenant);
      return send(delivery, 10_000);
    };

    await deliver(platform, slow, deliveryMessage);

    expect(received).toHaveLength(1);
    expect(platform.notifications).toEqual([]);
    expect(await listAllDeliveries(platform, job.tenant)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  });

  it('does not give up a delivery that its successor attempts after the lease has expired', async () => {
    const { platform, job } = await given();
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    const [message] = platform.notifications.splice(0);
    const deliveryMessage = { v: 1, tenant: job.tenant, delivery: message?.id ?? '' } as const;
    const [isTaken, isGivenUp] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let successor: Promise<void> = Promise.resolve();
    const slow: SendDelivery = async () => {
      isTaken.resolve();
      await isGivenUp.promise;
      return { kind: 'delivered' };
    };
    const zombie: SendDelivery = async () => {
      advanceClock(platform, 2 * MINUTE);
      successor = deliver(platform, slow, deliveryMessage);
      await isTaken.promise;
      return { kind: 'refused', error: 'too late' };
    };

    await deliver(platform, zombie, deliveryMessage);
    isGivenUp.resolve();
    await successor;

    expect(await listAllDeliveries(platform, job.tenant)).toMatchObject([
      { state: 'delivered', attempts: 2, lastError: null },
    ]);
  });

  it('does not schedule a retry of a delivery that its successor delivered after the lease has expired', async () => {
    const { platform, job } = await given();
    const { send, received } = receiver();
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    const [message] = platform.notifications.splice(0);
    const deliveryMessage = { v: 1, tenant: job.tenant, delivery: message?.id ?? '' } as const;
    const zombie: SendDelivery = async () => {
      advanceClock(platform, 2 * MINUTE);
      await deliver(platform, send, deliveryMessage);
      return { kind: 'failed', error: 'too late' };
    };

    await deliver(platform, zombie, deliveryMessage);
    await minutes(platform, job.tenant, send);

    expect(received).toHaveLength(1);
    expect(await listAllDeliveries(platform, job.tenant)).toMatchObject([{ state: 'delivered', lastError: null }]);
  });

  it('defers a delivery whose message arrives before its due time', async () => {
    const { platform, job } = await given();
    const { send, received } = receiver();
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    await notify(platform, noticesOf(failedRun(platform, job, 2)));
    const [, early] = platform.notifications.splice(0);

    await deliver(platform, send, { v: 1, tenant: job.tenant, delivery: early?.id ?? '' });

    expect(received).toEqual([]);
    expect(platform.notifications).toEqual([early]);
  });

  it('retries a failing receiver for a day with growing intervals, and then gives up', async () => {
    const { platform, job } = await given();
    const tried: number[] = [];
    const failing: SendDelivery = async () => {
      tried.push(platform.now());
      return { kind: 'failed', error: 'HTTP 500' };
    };
    await notify(platform, noticesOf(failedRun(platform, job, 1)));
    const begin = platform.now();
    await drainNotifications(platform, failing);

    await minutes(platform, job.tenant, failing, 25 * 60, 6);

    const gaps = tried.slice(1).map((time, i) => time - (tried[i] ?? 0));
    expect(tried.length).toBeGreaterThan(12);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(4 * 60 * MINUTE + 7 * MINUTE);
    expect((tried.at(-1) ?? 0) - begin).toBeGreaterThan(19 * 60 * MINUTE);
    expect((tried.at(-1) ?? 0) - begin).toBeLessThanOrEqual(24 * 60 * MINUTE + 7 * MINUTE);
    const [delivery] = await listAllDeliveries(platform, job.tenant);
    expect(delivery).toMatchObject({ state: 'failed', lastError: 'HTTP 500', attempts: tried.length });
    expect(platform.measured).toContainEqual(expect.objectContaining({ values: { NotificationsFailed: 1 } }));
  });
});

describe('an alert of PagerDuty', () => {
  /** A job that triggers and resolves an alert, and the service, which has the alert in `events`. */
  async function givenAlert(overrides: Partial<Job> = {}) {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { onFailure: 'pagerduty', onSuccess: 'pagerduty', ...overrides });
    const events: string[] = [];
    const service = { isDown: false, isSlow: false };
    const send: SendDelivery = async ({ kind, run }) => {
      if (service.isSlow) return { kind: 'failed', error: 'PagerDuty: no response', noAnswer: 'timeout' };
      if (service.isDown) return { kind: 'failed', error: 'PagerDuty: HTTP 503' };
      events.push(`${kind} ${run.number}`);
      return { kind: 'delivered' };
    };
    const end = async (number: number, state: 'completed' | 'failed') => {
      const failure = state === 'failed' ? ({ kind: 'error', message: 'no' } as const) : null;
      await notify(platform, noticesOf(failedRun(platform, job, number, { state, failure })));
      await drainNotifications(platform, send);
    };
    return { platform, job, events, service, send, end };
  }

  const statesOf = async (platform: TestPlatform, job: Job) =>
    (await listAllDeliveries(platform, job.tenant)).map(({ kind, run, state, lastError }) => [
      `${kind} ${run.number}`,
      state,
      lastError,
    ]);

  it('stays resolved when a failure that was grouped is due after the recovery', async () => {
    const { platform, job, events, send, end } = await givenAlert();
    await end(1, 'failed');
    advanceClock(platform, 20 * SECOND);
    await end(2, 'failed');
    advanceClock(platform, 10 * SECOND);
    const recoveredAt = new Date(platform.now()).toISOString();
    await end(3, 'completed');

    await minutes(platform, job.tenant, send);

    expect(events).toEqual(['failure 1', 'success 3']);
    expect(await statesOf(platform, job)).toEqual([
      ['failure 1', 'delivered', null],
      ['failure 2', 'failed', `not sent: a run that ended later, at ${recoveredAt}, has resolved the alert`],
      ['success 3', 'delivered', null],
    ]);
    expect(platform.measured.filter(({ values }) => 'NotificationsFailed' in values)).toEqual([]);
  });

  it('stays resolved when a failure that could not be sent is repeated after the recovery', async () => {
    const { platform, job, events, service, send, end } = await givenAlert();
    service.isDown = true;
    await end(1, 'failed');
    service.isDown = false;
    advanceClock(platform, SECOND);
    await end(2, 'completed');

    await minutes(platform, job.tenant, send, 6);

    expect(events).toEqual(['success 2']);
  });

  it('ends with the first attempt after an outage, although an outdated failure is due before', async () => {
    const { platform, job, events, service, send, end } = await givenAlert();
    service.isSlow = true;
    await end(1, 'failed');
    const attempts = async () => (await listAllDeliveries(platform, job.tenant))[0]?.attempts ?? 0;
    while ((await attempts()) < 2) await minutes(platform, job.tenant, send, 1);
    // The third timeout opens the circuit.
    await end(2, 'completed');
    service.isSlow = false;
    advanceClock(platform, 30 * MINUTE);

    for (const { tenant, id } of await listAllDeliveries(platform, job.tenant)) {
      await deliver(platform, send, { v: 1, tenant, delivery: id });
    }

    expect(events).toEqual(['success 2']);
  });

  it('stays triggered when a success that was grouped is due after a later failure', async () => {
    const { platform, job, events, send, end } = await givenAlert();
    await end(1, 'completed');
    advanceClock(platform, 10 * SECOND);
    await end(2, 'completed');
    advanceClock(platform, 10 * SECOND);
    await end(3, 'failed');

    await minutes(platform, job.tenant, send);

    expect(events).toEqual(['success 1', 'failure 3']);
  });

  it('returns with a failure after the recovery, and does not depend on another service', async () => {
    const { platform, job, events, send, end } = await givenAlert({ onSuccess: 'pagerduty:other' });
    await end(1, 'failed');
    advanceClock(platform, 10 * SECOND);
    await end(2, 'failed');
    advanceClock(platform, 10 * SECOND);
    await end(3, 'completed');
    await minutes(platform, job.tenant, send);
    await end(4, 'failed');

    expect(events).toEqual(['failure 1', 'success 3', 'failure 2', 'failure 4']);
  });

  it('sends every message to other destinations', async () => {
    const { platform, job, events, send, end } = await givenAlert({ onFailure: '#alerts', onSuccess: '#alerts' });
    await end(1, 'failed');
    await end(2, 'failed');
    advanceClock(platform, SECOND);
    await end(3, 'completed');

    await minutes(platform, job.tenant, send);

    expect(events).toEqual(['failure 1', 'success 3', 'failure 2']);
  });
});
