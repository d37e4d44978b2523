import { describe, expect, it } from 'vitest';
import { type Delivery, endNotice } from '../../functions/core/domain/notification/delivery.ts';
import type { NotificationRule } from '../../functions/core/domain/notification/rule.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { encodeUlidTime } from '../../functions/core/domain/run-id.ts';
import { notify } from '../../functions/core/engine/notifications/notify.ts';
import { putNotificationDefaults } from '../../functions/core/store/notification-defaults.ts';
import { putRun } from '../../functions/core/store/runs.ts';
import { listAllDeliveries } from '../helpers/builders/deliveries.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';

const MINUTE = 60_000;
const failure = { kind: 'error', message: 'no' } as const;

const aRule = (overrides: Partial<NotificationRule> = {}): NotificationRule => ({
  name: 'on-call',
  tag: 'critical',
  job: null,
  on: ['failure', 'recovered'],
  consecutiveFailures: 2,
  to: 'pagerduty',
  ...overrides,
});

/** A job with a destination of its own, in a tenant with rules. */
async function given(...rules: readonly NotificationRule[]) {
  const platform = testPlatform(memoryDb());
  const job = await givenJob(platform, { tags: ['critical'], onFailure: '#own' });
  await putNotificationDefaults(platform.db, job.tenant, { onFailure: null, onSuccess: null, onLate: null, rules });
  let number = 0;
  /** Stores a run that ends two minutes after the one before. */
  const end = async (outcome: 'failed' | 'completed' | 'canceled'): Promise<Run> => {
    platform.advance(2 * MINUTE);
    number += 1;
    const at = new Date(platform.now()).toISOString();
    const run = endedRun(job, number, {
      state: outcome,
      ulid: `${encodeUlidTime(platform.now())}${'0'.repeat(16)}`,
      createdAt: at,
      startedAt: at,
      finishedAt: at,
      failure: outcome === 'failed' ? failure : null,
    });
    await putRun(platform.db, run);
    return run;
  };
  return { platform, job, end };
}

const noticesOf = (...runs: readonly Run[]) => runs.flatMap((run) => endNotice(run) ?? []);

const byRunAndRule = (a: Delivery, b: Delivery): number =>
  a.run.number - b.run.number || (a.rule ?? '').localeCompare(b.rule ?? '');

/** Messages in the order of their runs; of one run, that of the job first. */
const reported = async (platform: TestPlatform, { tenant }: Pick<Run, 'tenant'>) =>
  (await listAllDeliveries(platform, tenant))
    .toSorted(byRunAndRule)
    .map(({ kind, rule, destination, run }) => [kind, rule, destination, run.number]);

describe('notification rules', () => {
  it('report failures from the second in a row on, and the recovery, beside the destination of the job', async () => {
    const { platform, job, end } = await given(aRule());

    for (const outcome of ['failed', 'completed', 'failed', 'canceled', 'failed', 'completed', 'completed'] as const) {
      await notify(platform, noticesOf(await end(outcome)));
    }

    expect(await reported(platform, job)).toEqual([
      ['failure', null, '#own', 1],
      ['failure', null, '#own', 3],
      ['failure', null, '#own', 5],
      ['failure', 'on-call', 'pagerduty', 5],
      ['recovered', 'on-call', 'pagerduty', 6],
    ]);
  });

  it('decide by the ends of the runs if several are received at once, in any order', async () => {
    const { platform, job, end } = await given(aRule({ name: 'a' }), aRule({ name: 'b', consecutiveFailures: 3 }));
    const runs = [await end('failed'), await end('failed'), await end('completed')];

    await notify(platform, noticesOf(...runs.toReversed()));

    const byRule = (await reported(platform, job)).filter(([, rule]) => rule !== null);
    expect(byRule.map(([kind, rule]) => `${kind} ${rule}`).sort()).toEqual(['failure a', 'recovered a']);
  });

  it('ignore jobs without the tag, and events of a job that was defined again', async () => {
    const { platform, job, end } = await given(aRule({ tag: 'other', consecutiveFailures: 1 }), aRule({ job: 'x' }));

    await notify(platform, noticesOf(await end('failed')));

    expect(await reported(platform, job)).toEqual([['failure', null, '#own', 1]]);
  });

  it.each([false, true])('report each run once after a crash at any call (response lost: %s)', async (answerIsLost) => {
    for (let crashAtCall = 1; ; crashAtCall++) {
      const { platform, job, end } = await given(aRule());
      await end('failed');
      const notices = noticesOf(await end('failed'));
      const faulty = faultyDb(platform.db, { crashAtCall, answerIsLost });

      const hasCrashed = await notify({ ...platform, db: faulty }, notices).then(
        () => false,
        () => true,
      );
      await notify(platform, notices);
      await notify(platform, notices);

      const destinations = (await reported(platform, job)).map(([, , destination]) => destination);
      expect(destinations, `crash at ${crashAtCall}`).toHaveLength(2);
      expect(new Set(destinations)).toEqual(new Set(['#own', 'pagerduty']));
      if (!hasCrashed) return;
    }
  });
});
