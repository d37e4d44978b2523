import { describe, expect, it } from 'vitest';
import { endNotice } from '../../functions/core/domain/notification/delivery.ts';
import { deliver, type SendDelivery } from '../../functions/core/engine/notifications/delivery/deliver.ts';
import { notify } from '../../functions/core/engine/notifications/notify.ts';
import { sweepNotifications } from '../../functions/core/engine/sweep/sweep-notifications.ts';
import { failedRun, listAllDeliveries } from '../helpers/builders/deliveries.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { advanceClock, drainNotifications } from '../helpers/simulations/process-messages.ts';

/** Receivers of notifications that do not answer. */
const SILENT = 'https://silent.example.com';
const MINUTE = 60_000;

/** Records one notification for each job of a tenant, with a destination per job. */
async function given(destinations: readonly string[], tenant = newTenant(), platform = testPlatform(memoryDb())) {
  for (const onFailure of destinations) {
    const job = await givenJob(platform, { tenant, id: onFailure.replace(/\W+/g, '-'), onFailure });
    const notice = endNotice(failedRun(platform, job, 1));
    if (notice) await notify(platform, [notice]);
  }
  return { platform, tenant };
}

/** A network in which some hosts do not answer. Advances the clock by the time that a deliverer waits. */
function network(platform: TestPlatform) {
  const silent = new Set(['silent.example.com']);
  const attempts: { readonly host: string; readonly timeoutMs: number }[] = [];
  const send: SendDelivery = async ({ destination }, timeoutMs) => {
    const { host } = new URL(destination);
    attempts.push({ host, timeoutMs });
    if (!silent.has(host)) return { kind: 'delivered' };
    platform.advance(timeoutMs);
    return { kind: 'failed', error: 'no answer', noAnswer: 'timeout' };
  };
  return { send, silent, attempts, toSilent: () => attempts.filter(({ host }) => host === 'silent.example.com') };
}

const silentPaths = (count: number) => Array.from({ length: count }, (_, i) => `${SILENT}/${i}`);

describe('deliver', () => {
  it('postpones further deliveries to a receiver after three timeouts in a row, of which two are short', async () => {
    const { platform, tenant } = await given(silentPaths(60));
    const { send, toSilent } = network(platform);

    await drainNotifications(platform, send);

    expect(toSilent().map(({ timeoutMs }) => timeoutMs)).toEqual([10_000, 3_000, 3_000]);
    const deliveries = await listAllDeliveries(platform, tenant);
    expect(deliveries.filter(({ attempts }) => attempts === 0)).toHaveLength(57);
    expect(deliveries.every(({ state }) => state === 'pending')).toBe(true);
  });

  it('attempts deliveries of other receivers and tenants beside an open circuit', async () => {
    const { platform, tenant } = await given(silentPaths(5));
    const { send, attempts } = network(platform);
    await drainNotifications(platform, send);
    await given(['https://other.example.com/hook'], tenant, platform);
    await given([`${SILENT}/hook`], newTenant(), platform);

    await drainNotifications(platform, send);

    expect(attempts.slice(3)).toEqual([
      { host: 'other.example.com', timeoutMs: 10_000 },
      { host: 'silent.example.com', timeoutMs: 10_000 },
    ]);
  });

  it('attempts one of several deliveries once the circuit is half-open, and the others after its success', async () => {
    const { platform, tenant } = await given(silentPaths(6));
    const { send, silent, toSilent } = network(platform);
    await drainNotifications(platform, send);
    silent.clear();
    advanceClock(platform, 2 * MINUTE);
    const messages = platform.notifications.splice(0);
    let waiting = 0;
    let resume = (): void => {};
    const gate = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const slow: SendDelivery = async (delivery, timeoutMs) => {
      waiting++;
      await gate;
      return send(delivery, timeoutMs);
    };

    const together = messages.map(({ tenant, id }) => deliver(platform, slow, { v: 1, tenant, delivery: id }));
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    const atOnce = waiting;
    resume();
    await Promise.all(together);

    expect(atOnce).toBe(1);
    for (let minute = 0; minute < 5; minute++) {
      advanceClock(platform, MINUTE);
      await sweepNotifications(platform, tenant);
      await drainNotifications(platform, send);
    }
    const deliveries = await listAllDeliveries(platform, tenant);
    expect(deliveries.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'delivered'));
    expect(toSilent()).toHaveLength(9);
  });

  it('makes at most one attempt in each period of a receiver that stays silent, and loses no delivery', async () => {
    const { platform, tenant } = await given(silentPaths(20));
    const { send, toSilent } = network(platform);

    for (let minute = 0; minute < 120; minute++) {
      await drainNotifications(platform, send);
      advanceClock(platform, MINUTE);
      await sweepNotifications(platform, tenant);
    }

    expect(toSilent().length).toBeLessThan(25);
    const deliveries = await listAllDeliveries(platform, tenant);
    expect(deliveries.filter(({ state }) => state === 'pending')).toHaveLength(20);
  });

  it('closes the circuit with any response', async () => {
    const { platform, tenant } = await given(silentPaths(2));
    const { send, attempts } = network(platform);
    await drainNotifications(platform, send);
    await given([`${SILENT}/refused`], tenant, platform);
    await drainNotifications(platform, async () => ({ kind: 'failed', error: 'HTTP 500' }));
    await given([`${SILENT}/later`], tenant, platform);

    await drainNotifications(platform, send);

    expect(attempts.map(({ timeoutMs }) => timeoutMs)).toEqual([10_000, 3_000, 10_000]);
  });

  it('gives the attempt at a half-open receiver the whole time, so that a slow receiver closes the circuit', async () => {
    const { platform, tenant } = await given(silentPaths(4));
    const { send, attempts } = network(platform);
    await drainNotifications(platform, send);
    advanceClock(platform, 2 * MINUTE);
    await sweepNotifications(platform, tenant);
    const timeouts: number[] = [];
    const answersIn5s: SendDelivery = async (_, timeoutMs) => {
      timeouts.push(timeoutMs);
      return timeoutMs > 5_000 ? { kind: 'delivered' } : { kind: 'failed', error: 'no answer', noAnswer: 'timeout' };
    };

    await drainNotifications(platform, answersIn5s);

    expect(attempts).toHaveLength(3);
    expect(timeouts[0]).toBe(10_000);
    expect((await listAllDeliveries(platform, tenant)).some(({ state }) => state === 'delivered')).toBe(true);
  });

  it('keeps the circuit if the request did not reach the receiver', async () => {
    const { platform, tenant } = await given(silentPaths(2));
    const { send, attempts } = network(platform);
    await drainNotifications(platform, send);
    await given([`${SILENT}/unsent`], tenant, platform);
    const secretUnavailable: SendDelivery = async () => ({
      kind: 'failed',
      error: 'KMS is down',
      noAnswer: 'not-reached',
    });
    await drainNotifications(platform, secretUnavailable);
    await given([`${SILENT}/later`], tenant, platform);

    await drainNotifications(platform, send);

    expect(attempts.map(({ timeoutMs }) => timeoutMs)).toEqual([10_000, 3_000, 3_000]);
  });

  it('records a delivery although its circuit cannot be written', async () => {
    const { platform, tenant } = await given(silentPaths(1));
    const { send, silent } = network(platform);
    await drainNotifications(platform, send);
    silent.clear();
    advanceClock(platform, 2 * MINUTE);
    await sweepNotifications(platform, tenant);
    const [message] = platform.notifications.splice(0);
    if (!message) throw new Error('the delivery was not sent again');
    const throttled = interruptBefore(platform, { command: 'DeleteItemCommand' }, () =>
      Promise.reject(new Error('throttled')),
    );

    const delivered = deliver(throttled, send, { v: 1, tenant, delivery: message.id });

    await expect(delivered).rejects.toThrow('throttled');
    expect((await listAllDeliveries(platform, tenant)).map(({ state }) => state)).toEqual(['delivered']);
  });
});
