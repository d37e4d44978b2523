import { DEFAULT_LIMITS } from '../../../functions/core/domain/limits.ts';
import { RUN_CREATION_GRACE_MS } from '../../../functions/core/domain/timing.ts';
import { createJob, deleteJob } from '../../../functions/core/store/jobs.ts';
import type { StageSettings } from '../../../lib/config.ts';
import { endedRun } from '../../helpers/builders/ended-run.ts';
import { aFlowJob, aFlowRun, iso, putRuns } from '../../helpers/builders/flow-rows.ts';
import { aJob } from '../../helpers/builders/jobs.ts';
import { ECHO, FAIL, SILENT_HOST, sleepFor } from './virtual-services.ts';
import type { VirtualStage } from './virtual-stage.ts';
import type { VirtualTenant } from './virtual-tenant.ts';

const HOUR_MS = 3_600_000;
/** The interval of requests at the default limit of a tenant's request rate. */
const AT_RATE_MS = 20;

const SILENT_RECEIVERS = 300;

/** Work of a tenant that should not affect other tenants. */
export interface VirtualAttack {
  readonly name: string;
  /** @defaultValue the settings of `prod` */
  readonly settings?: StageSettings;
  /** Defines jobs, and stores rows that take a tenant longer to create than the measurement lasts. */
  prepare?(stage: VirtualStage, tenant: VirtualTenant): Promise<void>;
  /** Uses the platform until a time. */
  start?(stage: VirtualStage, tenant: VirtualTenant, until: number): void;
}

/** Starts runs at the limit of the tenant's request rate. */
const startAtRate =
  (job: string): NonNullable<VirtualAttack['start']> =>
  (stage, tenant, until) =>
    stage.repeat(AT_RATE_MS, until, () => tenant.start(job));

export const VIRTUAL_ATTACKS: readonly VirtualAttack[] = [
  {
    name: '1,000 flow definitions of 32 KB',
    async prepare({ platform: { db, now } }, { id: tenant }) {
      const records = [{ text: 'x'.repeat(31_000) }];
      for (let i = 0; i < 1_000; i++) {
        const source = { id: 'exp123', name: 'Orders', type: 'inline', records } as const;
        const { target } = aFlowJob();
        if (target.type !== 'flow') throw new Error('the job is no flow');
        const flow = { ...target.flow, sources: [source] };
        const at = { createdAt: iso(now()), updatedAt: iso(now()) };
        await createJob(
          db,
          aFlowJob({ ...at, tenant, id: `flow-${i}`, schedule: '0 3 * * *', target: { ...target, flow } }),
        );
      }
    },
    start: (stage, tenant, until) =>
      stage.repeat(1_000, until, (n) => tenant.change(`flow-${n}`, { schedule: '0 4 * * *' })),
  },
  {
    name: 'a deleted job with 1,000 flow runs',
    async prepare({ platform: { db, now } }, { id: tenant }) {
      const deletedAt = now() - RUN_CREATION_GRACE_MS - HOUR_MS;
      const job = aFlowJob({ tenant });
      await createJob(db, job);
      const ended = { state: 'completed', startedAt: iso(deletedAt), finishedAt: iso(deletedAt) } as const;
      await putRuns(
        db,
        Array.from({ length: 1_000 }, () => aFlowRun(job, deletedAt, ended)),
      );
      await deleteJob(db, job, iso(deletedAt));
    },
  },
  {
    name: '100,000 retries that are due later',
    async prepare({ platform: { db, now } }, { id: tenant }) {
      const job = aJob({ tenant, id: 'later', schedule: null, overlapPolicy: 'allow' });
      await createJob(db, job);
      const run = {
        state: 'queued',
        createdAt: iso(now()),
        startedAt: null,
        finishedAt: null,
        dueAt: iso(now() + 6 * HOUR_MS),
      } as const;
      await putRuns(
        db,
        Array.from({ length: 100_000 }, (_, i) => endedRun(job, i, run)),
      );
    },
  },
  {
    name: 'blocking triggers of long runs',
    prepare: async (_, tenant) => void (await tenant.define({ id: 'long', ...sleepFor(60) })),
    start: (stage, tenant, until) => stage.repeat(AT_RATE_MS, until, () => tenant.runAndWait('long')),
  },
  {
    name: 'alternating schedules of one job',
    prepare: async (_, tenant) => void (await tenant.define({ id: 'fickle', ...ECHO, schedule: '0 1 * * *' })),
    start: (stage, tenant, until) =>
      stage.repeat(AT_RATE_MS, until, (n) => tenant.change('fickle', { schedule: `0 ${n % 24} * * *` })),
  },
  {
    name: 'alternating schedules of 500 jobs',
    async prepare({ platform: { db } }, { id: tenant }) {
      for (let i = 0; i < 500; i++) await createJob(db, aJob({ tenant, id: `fickle-${i}`, schedule: '0 1 * * *' }));
    },
    start: (stage, tenant, until) =>
      stage.repeat(AT_RATE_MS, until, (n) => tenant.change(`fickle-${n % 500}`, { schedule: `0 ${n % 23} * * *` })),
  },
  {
    name: '25 jobs a second that are created and deleted',
    start: (stage, tenant, until) =>
      stage.repeat(2 * AT_RATE_MS, until, async (n) => {
        await tenant.define({ id: `brief-${n}`, ...ECHO, schedule: '0 1 * * *' });
        await tenant.delete(`brief-${n}`);
      }),
  },
  {
    name: '10 flow runs of 64 tasks each that call a host',
    prepare: async (_, tenant) => void (await tenant.define(FLOOD)),
    start: (stage, tenant, until) =>
      stage.repeat(1_000, Math.min(until, stage.now + 10_000), () => tenant.start(FLOOD.id)),
  },
  {
    name: '25 runs that wait for a retry',
    prepare: async (_, tenant) => {
      const retry = { attempts: 20, backoff: 'fixed', delay_seconds: 600 };
      await tenant.define({ id: 'retrying', ...FAIL, retry });
      await tenant.define({ id: 'sleep', ...sleepFor(1) });
      for (let i = 0; i < 25; i++) await tenant.start('retrying');
    },
    start: startAtRate('sleep'),
  },
  {
    name: '60 notifications a minute to a receiver that never answers',
    prepare: async (_, tenant) =>
      void (await tenant.define({ id: 'shouting', ...FAIL, on_failure: `https://${SILENT_HOST}/` })),
    start: (stage, tenant, until) => stage.repeat(1_000, until, () => tenant.start('shouting')),
  },
  {
    name: '50 notifications a second to 300 such receivers',
    prepare: async (_, tenant) => {
      for (let i = 0; i < SILENT_RECEIVERS; i++) {
        await tenant.define({ id: `shouting-${i}`, ...FAIL, on_failure: `https://${i}.${SILENT_HOST}/` });
      }
    },
    start: (stage, tenant, until) =>
      stage.repeat(AT_RATE_MS, until, (n) => tenant.start(`shouting-${n % SILENT_RECEIVERS}`)),
  },
  {
    name: '50 short runs a second, which keep the counters busy',
    prepare: async (_, tenant) => void (await tenant.define({ id: 'echo', ...ECHO })),
    start: startAtRate('echo'),
  },
  {
    name: '5,000 queued runs of a minute, 50 more a second',
    async prepare({ platform: { db, now } }, tenant) {
      await tenant.define({ id: 'minute', ...sleepFor(60) });
      const job = aJob({ tenant: tenant.id, id: 'backlog', schedule: null, overlapPolicy: 'allow' });
      await createJob(db, job);
      const run = {
        state: 'queued',
        waiting: 'limit',
        createdAt: iso(now()),
        startedAt: null,
        finishedAt: null,
      } as const;
      await putRuns(
        db,
        Array.from({ length: 5_000 }, (_, i) => endedRun(job, i, run)),
      );
    },
    start: startAtRate('minute'),
  },
];

const FLOOD = {
  id: 'flood',
  type: 'flow',
  overlap_policy: 'allow',
  flow: {
    parallelism: 64,
    sources: [{ type: 'generate', count: 1_000_000_000 }],
    sinks: [{ type: 'http', url: 'https://victim.example.com/orders', method: 'POST' }],
  },
} as const;

/** A stage with too few workers for one tenant. Shows that the measurement detects a tenant that affects others. */
export const CONTROL: VirtualAttack = {
  name: 'control: runs of a minute on as many workers as a tenant may have runs',
  settings: { workers: DEFAULT_LIMITS.concurrentRuns },
  prepare: async (_, tenant) => void (await tenant.define({ id: 'minute', ...sleepFor(60) })),
  start: (stage, tenant, until) => stage.repeat(1_000, until, () => tenant.start('minute')),
};
