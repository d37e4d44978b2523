import { describe, expect, test } from 'vitest';
import { CURRENT_PREFIX, runDeltas } from '../../../functions/core/domain/counters.ts';
import { endNotice } from '../../../functions/core/domain/notification/delivery.ts';
import { aggregate } from '../../../functions/core/engine/counters/aggregate.ts';
import { publishMetrics } from '../../../functions/core/engine/counters/publish-metrics.ts';
import { processRunMessage } from '../../../functions/core/engine/execute/process-run-message.ts';
import { notify } from '../../../functions/core/engine/notifications/notify.ts';
import { reconcileCounters } from '../../../functions/core/engine/reconciliation/reconcile-counters.ts';
import { deferReconcile } from '../../../functions/core/engine/registration/defer-reconcile.ts';
import { dispatchTick } from '../../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../../functions/core/engine/sweep/sweep-tenant.ts';
import { createMetrics } from '../../../functions/core/platform/metrics.ts';
import { removeMany, update } from '../../../functions/core/store/db.ts';
import { counterKey, runKey } from '../../../functions/core/store/keys.ts';
import { putTenant } from '../../../functions/core/store/tenants.ts';
import { ALARM_NAMES, type AlarmName } from '../../../lib/alarm-names.ts';
import { givenRuns } from '../../helpers/builders/counted-runs.ts';
import { failedRun } from '../../helpers/builders/deliveries.ts';
import { endedRun } from '../../helpers/builders/ended-run.ts';
import { givenJob, newTenant } from '../../helpers/builders/jobs.ts';
import { anOutcome } from '../../helpers/builders/outcomes.ts';
import { memoryDb } from '../../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../../helpers/fakes/platform.ts';
import { drainNotifications } from '../../helpers/simulations/process-messages.ts';
import { type AlarmProperties, evaluateAlarm } from '../../helpers/stack/alarms/alarm-state.ts';
import { AwsMetrics, type QueueModel } from '../../helpers/stack/alarms/aws-metrics.ts';
import { MetricStore } from '../../helpers/stack/alarms/metric-store.ts';
import { synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');
const aws = new AwsMetrics(prod);
const alarms = new Map(
  prod
    .of('AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties as unknown as AlarmProperties)
    .map((alarm) => [alarm.AlarmName.replace('jobdeck-prod-', '') as AlarmName, alarm] as const),
);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DLQ_ALARMS = ALARM_NAMES.filter((name) => name.endsWith('-dead-letters'));
const STREAM_READERS = {
  'stream-iterator-age': 'registrar',
  'counters-iterator-age': 'counters',
  'notifier-iterator-age': 'notifier',
};

/** A deployment whose components run every minute and whose custom metrics are those that the code logs. */
class Deployment {
  readonly metrics: MetricStore;
  readonly platform: TestPlatform;
  readonly queues: ReadonlyMap<string, QueueModel>;
  /** Crons that are not invoked. */
  readonly stoppedCrons = new Set<'publisher' | 'sweep-dispatcher'>();

  /** @param delayMs delay of all metrics in milliseconds */
  constructor(delayMs = 0) {
    this.metrics = new MetricStore(delayMs);
    const platform = testPlatform(memoryDb());
    const info = (_: string, line: object = {}) => this.metrics.putLine(line, platform.now());
    this.platform = { ...platform, metrics: createMetrics({ info }, { stage: 'prod', tenants: [] }) };
    this.queues = new Map(DLQ_ALARMS.map((name) => [name, aws.queue(`jobdeck-prod-${name}`)]));
  }

  get now(): number {
    return this.platform.now();
  }

  emit(...emits: readonly ReturnType<AwsMetrics['invocation']>[]): void {
    for (const emit of emits) emit(this.metrics, this.now);
  }

  /** Advances the deployment by one minute. */
  async minute(): Promise<void> {
    this.platform.advance(MINUTE);
    for (const name of ['publisher', 'sweep-dispatcher'] as const)
      if (!this.stoppedCrons.has(name)) this.emit(aws.invocation(name));
    if (!this.stoppedCrons.has('publisher')) await publishMetrics(this.platform);
    if (this.now % HOUR === HOUR / 2) {
      const pause = async (ms: number) => this.platform.advance(ms);
      await reconcileCounters(this.platform, () => true, pause);
    }
    for (const name of Object.values(STREAM_READERS)) this.emit(aws.invocation(name));
    this.emit(
      aws.invocation('worker'),
      aws.request('GET /jobs'),
      aws.request('POST /jobs/{id}/run', { latencyMs: 25_000 }),
    );
    for (const queue of this.queues.values()) queue.sample(this.metrics, this.now);
  }

  firing(): readonly AlarmName[] {
    return ALARM_NAMES.filter((name) => {
      const alarm = alarms.get(name);
      if (!alarm) throw new Error(`the template has no alarm ${name}`);
      const state = evaluateAlarm(alarm, this.metrics, this.now);
      if (state === 'INSUFFICIENT_DATA') throw new Error(`${name} has no state without data`);
      return state === 'ALARM';
    });
  }
}

/** An incident that triggers an alarm. */
interface Incident {
  /** Runs in each minute of the incident. */
  readonly happens: (deployment: Deployment) => Promise<void> | void;
  /** Duration in minutes. */
  readonly lasts: number;
  /**
   * Minutes from the start of the incident until the alarm must have gone off. @default the duration plus one period
   */
  readonly within?: number;
  /** Ends an incident that does not end by itself. */
  readonly mend?: (deployment: Deployment) => Promise<void> | void;
}

/** Creates an incident in the first minute only. */
function once(happens: Incident['happens'], more: Partial<Incident> = {}): Incident {
  const done = new WeakSet<Deployment>();
  return {
    lasts: 1,
    ...more,
    happens(deployment) {
      if (done.has(deployment)) return undefined;
      done.add(deployment);
      return happens(deployment);
    },
  };
}

async function failRuns({ platform }: Deployment, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const job = await givenJob(platform);
    const run = await triggerJob(platform, job);
    await processRunMessage(platform, async () => anOutcome({ status: 'error', message: 'exit code 3' }), run);
  }
}

async function missTick({ platform }: Deployment, lateByMs: number): Promise<void> {
  const { tenant, id: jobId, incarnation } = await givenJob(platform);
  await dispatchTick(platform, { v: 1, tenant, jobId, incarnation, scheduledAt: iso(platform.now() - lateByMs) });
}

/** Starts runs whose messages are received too late for their jobs. */
async function startLate({ platform }: Deployment, times: number): Promise<void> {
  const tenant = newTenant();
  const { tenant: _, ...own } = { ...platform, tenant };
  for (let i = 0; i < times; i++) {
    const job = await givenJob(platform, { tenant, id: `job-${i}`, startGraceSeconds: 1, schedule: null });
    await triggerJob({ ...own, now: () => platform.now() - 2_000 }, job);
  }
  await sweepTenant(platform, tenant);
}

/**
 * Creates a run that has been waiting for `ms` milliseconds.
 *
 * @returns a function that ends the run
 */
async function givenPending({ platform }: Deployment, ms: number): Promise<() => Promise<void>> {
  const job = await givenJob(platform);
  await putTenant(platform.db, job.tenant);
  const run = endedRun(job, 1, {
    state: 'queued',
    createdAt: iso(platform.now() - ms),
    startedAt: null,
    finishedAt: null,
    executionMs: null,
    attempt: 0,
  });
  await givenRuns(platform, run);
  return async () => {
    await removeMany(platform.db, platform.db.tables.runs, [runKey(run)]);
    const deltas = runDeltas(run, undefined).map((delta) => ({ tenant: job.tenant, sequence: '999999', delta }));
    await aggregate(platform, 'shardId-1', deltas);
  };
}

async function giveUpNotifications({ platform }: Deployment, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const job = await givenJob(platform, { onFailure: 'https://hooks.example.com/' });
    const notice = endNotice(failedRun(platform, job, 1));
    if (notice) await notify(platform, [notice]);
  }
  await drainNotifications(platform, async () => ({ kind: 'refused', error: 'HTTP 410' }));
}

async function deferRegistrations({ platform }: Deployment, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { tenant, id } = await givenJob(platform);
    await deferReconcile(platform, tenant, id, new Set());
  }
}

const iso = (time: number) => new Date(time).toISOString();
const repeat = (times: number, emit: ReturnType<AwsMetrics['invocation']>) => Array.from({ length: times }, () => emit);

/** Functions that end the pending run, by deployment. */
const endings = new WeakMap<Deployment, () => Promise<void>>();
/** Tenants with a wrong counter, by deployment. */
const miscounted = new WeakMap<Deployment, ReturnType<typeof newTenant>>();
const miscount = (by: number) => async (deployment: Deployment) => {
  const tenant = miscounted.get(deployment) ?? newTenant();
  miscounted.set(deployment, tenant);
  const { db } = deployment.platform;
  await putTenant(db, tenant);
  await update(db, db.tables.counters, counterKey(tenant, { kind: 'tenant' }), {
    add: { [`${CURRENT_PREFIX}failed`]: by },
  });
};

const deadLetterIn = (name: AlarmName): Incident =>
  // The consumer receives them immediately, between two samples of the queue length.
  once(({ queues, metrics, now }) => {
    queues.get(name)?.moveIn(1);
    queues.get(name)?.empty(metrics, now);
  });
const behind = (name: keyof typeof STREAM_READERS): Incident =>
  once((deployment) => deployment.emit(aws.invocation(STREAM_READERS[name], { iteratorAgeMs: 10 * MINUTE })));

const INCIDENTS: Readonly<Record<AlarmName, Incident>> = {
  'ticks-dead-letters': deadLetterIn('ticks-dead-letters'),
  'runs-dead-letters': deadLetterIn('runs-dead-letters'),
  'registrations-dead-letters': deadLetterIn('registrations-dead-letters'),
  'registrations-deferred': once((deployment) => deferRegistrations(deployment, 5)),
  'counters-dead-letters': deadLetterIn('counters-dead-letters'),
  'notifications-dead-letters': deadLetterIn('notifications-dead-letters'),
  'platform-dead-letters': deadLetterIn('platform-dead-letters'),
  'stream-iterator-age': behind('stream-iterator-age'),
  'counters-iterator-age': behind('counters-iterator-age'),
  'notifier-iterator-age': behind('notifier-iterator-age'),
  'notification-failures': once((deployment) => giveUpNotifications(deployment, 5)),
  'counter-drift': once(miscount(1), { lasts: 120, within: 125, mend: miscount(-1) }),
  'oldest-pending-age': once(
    async (deployment) => {
      endings.set(deployment, await givenPending(deployment, HOUR));
    },
    { lasts: 5, mend: (deployment) => endings.get(deployment)?.() },
  ),
  'failed-runs': once((deployment) => failRuns(deployment, 2)),
  'missed-ticks': once((deployment) => missTick(deployment, 11 * MINUTE)),
  'late-starts': once((deployment) => startLate(deployment, 5)),
  'metrics-silent': {
    happens: ({ stoppedCrons }) => void stoppedCrons.add('publisher'),
    lasts: 17,
    mend: ({ stoppedCrons }) => void stoppedCrons.delete('publisher'),
  },
  'api-5xx': { happens: (deployment) => deployment.emit(aws.request('GET /stats', { status: 500 })), lasts: 10 },
  'api-latency-p99': {
    happens: (deployment) => deployment.emit(aws.request('GET /jobs', { latencyMs: 2_500 })),
    lasts: 15,
  },
  'worker-errors': once((deployment) => deployment.emit(aws.invocation('worker', { error: 1 }))),
  'worker-throttles': {
    happens: (deployment) => deployment.emit(aws.invocation('worker', { throttled: 1 })),
    lasts: 10,
  },
  'scheduler-target-errors': once((deployment) => deployment.emit(aws.failedDelivery('jobdeck-prod'))),
  'sweeper-errors': { happens: (deployment) => deployment.emit(aws.invocation('sweeper', { error: 1 })), lasts: 10 },
  'sweeps-behind': {
    happens: ({ metrics, now }) => aws.queue('jobdeck-prod-sweeps').sampleAge(metrics, now, 6 * 60),
    lasts: 10,
  },
  'sweeper-silent': {
    happens: ({ stoppedCrons }) => void stoppedCrons.add('sweep-dispatcher'),
    lasts: 17,
    mend: ({ stoppedCrons }) => void stoppedCrons.delete('sweep-dispatcher'),
  },
};

const PERIOD_MINUTES = 5;
/** Delay of metrics, longer than a period: the last period has no data. */
const LATE_MS = 6 * MINUTE;
/** Minutes after an incident in which every alarm must have ended, except the alarm with a period of one hour. */
const RECOVERY_MINUTES = 30;
const DRIFT_RECOVERY_MINUTES = 185;

/** Creates a deployment that has been healthy for some time. */
async function healthy(delayMs = 0): Promise<Deployment> {
  const deployment = new Deployment(delayMs);
  for (let i = 0; i < 30; i++) await deployment.minute();
  return deployment;
}

/** Returns the alarms that were on during an incident or within `after` minutes. */
async function suffer(
  deployment: Deployment,
  { happens, lasts }: Incident,
  after: number,
): Promise<ReadonlySet<AlarmName>> {
  const fired = new Set<AlarmName>();
  for (let i = 0; i < lasts + after; i++) {
    if (i < lasts) await happens(deployment);
    await deployment.minute();
    for (const name of deployment.firing()) fired.add(name);
  }
  return fired;
}

test('keeps every alarm off and supplied with data in a healthy deployment', async () => {
  const deployment = await healthy();

  expect(deployment.firing()).toEqual([]);
});

test('keeps every alarm off while metrics arrive late', async () => {
  const deployment = await healthy(LATE_MS);

  const fired = await suffer(deployment, { happens: () => undefined, lasts: 30 }, 0);

  expect([...fired]).toEqual([]);
});

test.each(ALARM_NAMES)('%s goes off for its incident while metrics arrive late', async (name) => {
  const deployment = await healthy(LATE_MS);

  const fired = await suffer(deployment, INCIDENTS[name], PERIOD_MINUTES * 2 + LATE_MS / MINUTE);

  await INCIDENTS[name].mend?.(deployment);
  expect(fired).toContain(name);
});

describe.each(ALARM_NAMES)('%s', (name) => {
  const incident = INCIDENTS[name];

  test('goes off alone for its incident and ends with it', async () => {
    const deployment = await healthy();
    const fired = await suffer(deployment, incident, PERIOD_MINUTES);
    expect([...fired]).toEqual([name]);

    await incident.mend?.(deployment);
    const minutes = name === 'counter-drift' ? DRIFT_RECOVERY_MINUTES : RECOVERY_MINUTES;
    for (let i = 0; i < minutes && deployment.firing().length > 0; i++) await deployment.minute();

    expect(deployment.firing()).toEqual([]);
    await deployment.minute();
    expect(deployment.firing()).toEqual([]);
  });
});

describe("incidents below an alarm's threshold", () => {
  test.each<[AlarmName, string, Incident]>([
    ['failed-runs', 'one run that fails', once((deployment) => failRuns(deployment, 1))],
    [
      'missed-ticks',
      'a tick that is handled nine minutes late',
      once((deployment) => missTick(deployment, 9 * MINUTE)),
    ],
    ['late-starts', 'four late starts', once((deployment) => startLate(deployment, 4))],
    ['registrations-deferred', 'four jobs', once((deployment) => deferRegistrations(deployment, 4))],
    ['notification-failures', 'four notifications', once((deployment) => giveUpNotifications(deployment, 4))],
    [
      'stream-iterator-age',
      'a stream that is behind by nine minutes',
      once((deployment) => deployment.emit(aws.invocation('registrar', { iteratorAgeMs: 9 * MINUTE }))),
    ],
    [
      'metrics-silent',
      'two minutes without metrics',
      {
        happens: (deployment) =>
          void (deployment.stoppedCrons.delete('publisher') || deployment.stoppedCrons.add('publisher')),
        // Stops in every second minute.
        lasts: 4,
      },
    ],
    [
      'sweeper-silent',
      'five minutes without an invocation',
      {
        // Stops for one period: from the fourth minute on, for five minutes.
        happens: ({ stoppedCrons, now }) => {
          const minute = (now % HOUR) / MINUTE - 30;
          stoppedCrons[minute >= 4 && minute < 9 ? 'add' : 'delete']('sweep-dispatcher');
        },
        lasts: 10,
      },
    ],
    [
      'api-5xx',
      'many errors in one period',
      once((deployment) => deployment.emit(...repeat(50, aws.request('GET /stats', { status: 500 })))),
    ],
    [
      'api-5xx',
      'errors of clients',
      { happens: (deployment) => deployment.emit(...repeat(9, aws.request('GET /stats', { status: 429 }))), lasts: 15 },
    ],
    [
      'api-latency-p99',
      'a trigger that waits',
      {
        happens: (deployment) => deployment.emit(aws.request('POST /jobs/{id}/run', { latencyMs: 25_000 })),
        lasts: 20,
      },
    ],
    [
      'worker-errors',
      'an error of another function',
      once((deployment) => deployment.emit(aws.invocation('dispatcher', { error: 1 }))),
    ],
    [
      'worker-throttles',
      'throttles in one period',
      once((deployment) => deployment.emit(...repeat(9, aws.invocation('worker', { throttled: 1 })))),
    ],
    [
      'sweeper-errors',
      'one error each five minutes',
      {
        happens: (deployment) =>
          deployment.now % (5 * MINUTE) === 0 && deployment.emit(aws.invocation('sweeper', { error: 1 })),
        lasts: 20,
      } as Incident,
    ],
  ])('%s stays off: %s', async (name, _, incident) => {
    const deployment = await healthy();

    const fired = await suffer(deployment, incident, PERIOD_MINUTES * 2);

    expect(fired).not.toContain(name);
  });
});

test.each(DLQ_ALARMS)('%s stays on while a dead letter waits', async (name) => {
  const deployment = await healthy();
  deployment.queues.get(name)?.moveIn(1);

  for (let i = 0; i < 10; i++) await deployment.minute();
  for (let i = 0; i < 60; i++) {
    await deployment.minute();
    expect(deployment.firing()).toEqual([name]);
  }
  deployment.queues.get(name)?.empty(deployment.metrics, deployment.now);
  for (let i = 0; i < 25; i++) await deployment.minute();

  expect(deployment.firing()).toEqual([]);
});

test.each(DLQ_ALARMS)('%s goes off for a dead letter whose metrics arrive eleven minutes late', async (name) => {
  const deployment = await healthy(11 * MINUTE);

  const fired = await suffer(deployment, INCIDENTS[name], 20);

  expect(fired).toContain(name);
});

test("scheduler-target-errors goes off for the platform's crons, too", async () => {
  const deployment = await healthy();

  const fired = await suffer(
    deployment,
    once((it) => it.emit(aws.failedDelivery('jobdeck-prod-platform'))),
    PERIOD_MINUTES,
  );

  expect([...fired]).toEqual(['scheduler-target-errors']);
});

test.each(['throttled', 'gone'])('sweeper-silent goes off if the dispatcher of sweeps is %s', async (how) => {
  const deployment = await healthy();
  deployment.stoppedCrons.add('sweep-dispatcher');
  const happens = () =>
    how === 'throttled' ? deployment.emit(aws.invocation('sweep-dispatcher', { throttled: 1 })) : undefined;

  const fired = await suffer(deployment, { happens, lasts: 17 }, 0);

  expect([...fired]).toEqual(['sweeper-silent']);
});
