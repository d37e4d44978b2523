import { describe, expect, it } from 'vitest';
import { planDependencies } from '../../functions/api/definition/dependencies.ts';
import { CURRENT_PREFIX } from '../../functions/core/domain/counters.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Lease, Run } from '../../functions/core/domain/run.ts';
import { publicRunId } from '../../functions/core/domain/run-id.ts';
import {
  MAX_PENDING_RUNS,
  MAX_TRIGGER_DEPTH,
  MAX_TRIGGERS,
  triggeredUlid,
} from '../../functions/core/domain/script-trigger.ts';
import { HOUR_MS, SECOND_MS } from '../../functions/core/domain/timing.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { startFollowers } from '../../functions/core/engine/start/start-followers.ts';
import { createRunTrigger } from '../../functions/core/engine/start/trigger-from-run.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import type { Execution, TriggeredRun, TriggerRun } from '../../functions/core/executors/execution.ts';
import { listChain } from '../../functions/core/store/chained-runs.ts';
import { put } from '../../functions/core/store/db.ts';
import { createJob, deleteJob } from '../../functions/core/store/jobs.ts';
import { counterKey } from '../../functions/core/store/keys.ts';
import { putLimits } from '../../functions/core/store/limits.ts';
import { getRunInput } from '../../functions/core/store/run-inputs.ts';
import { listHistory } from '../../functions/core/store/run-lists.ts';
import { walkTenantRuns } from '../../functions/core/store/walk-runs.ts';
import { aJob, newTenant } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { collect } from '../helpers/collect.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';
import { sweepExpiredLeases } from '../helpers/simulations/sweep-expired-leases.ts';

const db = memoryDb();
const RETRY = { attempts: 3, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;

/** A tenant with the jobs `caller`, whose script starts others, and `callee`. */
class Setup {
  readonly platform: TestPlatform = testPlatform(db);
  readonly tenant = newTenant();

  async define(id: string, overrides: Partial<Job> = {}): Promise<Job> {
    const job = aJob({ tenant: this.tenant, id, schedule: null, overlapPolicy: 'allow', retry: RETRY, ...overrides });
    if (!(await createJob(db, job))) throw new Error(`job ${id} exists`);
    return job;
  }

  /** Executes the next run message. `act` is the script; an exception fails the attempt. */
  async execute(act: (trigger: TriggerRun, execution: Execution) => Promise<unknown>, as = this.platform) {
    const message = this.platform.sent.shift();
    if (!message) throw new Error('no message');
    let failure: unknown;
    await processRunMessage(
      as,
      async (execution) => {
        try {
          await act(execution.trigger, execution);
          return anOutcome();
        } catch (error) {
          if (error instanceof Crash) throw error;
          failure = error;
          return anOutcome({ status: 'error', exitCode: 1, message: String(error) });
        }
      },
      message,
    );
    return failure;
  }

  /** Leaves only the message of the calling run, and advances the clock to its next attempt. */
  awaitRetry(): void {
    const messages = this.platform.sent.splice(0);
    this.platform.sent.push(...messages.filter(({ jobId }) => jobId === 'caller'));
    this.platform.advance(2 * SECOND_MS);
  }

  /** Starts a run of a job and executes it. */
  async run(job: Job, act: (trigger: TriggerRun, execution: Execution) => Promise<unknown>): Promise<Run> {
    const { ulid } = await triggerJob(this.platform, job);
    const failure = await this.execute(act);
    if (failure !== undefined) throw failure;
    return requireRun(this.platform, this.ref(job, ulid));
  }

  ref({ id, incarnation }: Job, ulid: string) {
    return { tenant: this.tenant, jobId: id, incarnation, ulid };
  }

  history({ id, incarnation }: Job): Promise<readonly unknown[]> {
    const job = { tenant: this.tenant, jobId: id, incarnation };
    return listHistory(db, job, { limit: 200, now: this.platform.now() });
  }
}

async function given(overrides: Partial<Job> = {}) {
  const setup = new Setup();
  return { setup, caller: await setup.define('caller'), callee: await setup.define('callee', overrides) };
}

describe('a script that starts a run', () => {
  it('starts it with the input, in its own chain, as a child', async () => {
    const { setup, caller, callee } = await given();
    const input = { payload: { order: 7 }, tags: ['import'], note: 'of the fair', priority: 1, expires_in_s: 60 };

    let returned: unknown;
    const parent = await setup.run(caller, async (trigger) => {
      returned = await trigger('callee', 1, input);
    });

    const run = await requireRun(setup.platform, setup.ref(callee, triggeredUlid(parent, callee, 1)));
    expect(returned).toEqual({ run: publicRunId(run), run_at: null, repeated: false });
    expect(run).toMatchObject({
      state: 'queued',
      trigger: 'manual',
      scheduledAt: null,
      tags: ['import'],
      note: 'of the fair',
      priority: 1,
      chain: { key: run.ulid, root: publicRunId(parent), parent: publicRunId(parent), depth: 1, triggers: 1 },
    });
    expect(await getRunInput(db, run)).toEqual({ payload: { order: 7 } });
    expect(await listChain(db, setup.tenant, publicRunId(parent), 10)).toEqual([
      { ref: setup.ref(callee, run.ulid), parent: publicRunId(parent) },
    ]);
    expect(setup.platform.sent).toMatchObject([{ jobId: 'callee', ulid: run.ulid }]);
  });

  it('starts each of its calls once, also in sequence for one job', async () => {
    const { setup, caller, callee } = await given();

    await setup.run(caller, (trigger) => Promise.all([1, 2, 'a', 'b'].map((key) => trigger('callee', key, {}))));

    expect(await setup.history(callee)).toHaveLength(4);
  });

  it('is followed by other jobs after each run that it starts, in one tree', async () => {
    const { setup, caller, callee } = await given();
    const after = { jobs: [{ job: 'callee', on: 'success' as const }], mode: 'all' as const, withinSeconds: null };
    const follower = aJob({ tenant: setup.tenant, id: 'follower', schedule: null, overlapPolicy: 'allow', after });
    await createJob(db, follower, undefined, await planDependencies(db, follower, null));
    const parent = await setup.run(caller, (trigger) => Promise.all([1, 2].map((key) => trigger('callee', key, {}))));

    for (let i = 0; i < 2; i++) await setup.execute(async () => {});
    const ended = (await setup.history(callee)) as readonly Run[];
    for (const run of [...ended, ...ended]) await startFollowers(setup.platform, run);

    const followed = (await setup.history(follower)) as readonly Run[];
    expect(new Set(followed.map(({ chain }) => chain?.parent))).toEqual(new Set(ended.map(publicRunId)));
    expect(followed).toHaveLength(2);
    expect(followed.map(({ chain }) => chain)).toMatchObject(followed.map(() => ({ depth: 2, triggers: 1 })));
    const chain = await listChain(db, setup.tenant, publicRunId(parent), 10);
    expect(chain).toHaveLength(4);
  });

  it('is found by the time of its creation, however long before the calling run started', async () => {
    const { setup, caller, callee } = await given();
    await triggerJob(setup.platform, caller);
    await setup.execute(async () => {
      throw new Error('later');
    });
    setup.platform.advance(2 * HOUR_MS);
    const from = new Date(setup.platform.now() - SECOND_MS).toISOString();
    await setup.execute((trigger) => trigger('callee', 1, {}));
    await setup.execute(async () => {});

    const filter = { states: ['completed'], jobId: 'callee' } as const;
    const range = { from, through: new Date(setup.platform.now()).toISOString() };
    const found = await collect(walkTenantRuns(db, setup.tenant, filter, range, () => {}));

    expect(found.flat().map(({ ulid }) => ulid)).toEqual(
      ((await setup.history(callee)) as readonly Run[]).map(({ ulid }) => ulid),
    );
    expect(found.flat()).toHaveLength(1);
  });

  it('delays a run, and moves the delay to no other start when it is repeated', async () => {
    const { setup, caller } = await given();

    const returned: unknown[] = [];
    await setup.run(caller, async (trigger) => {
      for (let i = 0; i < 2; i++) {
        returned.push(await trigger('callee', 1, { delay_s: 60 }));
        setup.platform.advance(5 * SECOND_MS);
      }
    });

    const [first] = returned as { readonly run: string; readonly run_at: string }[];
    expect(returned).toEqual([first, { ...first, repeated: true }]);
    expect(setup.platform.sent).toEqual([]);
    expect(setup.platform.ticks.map(({ ulid }) => ulid)).toEqual([first?.run.split('.')[2], first?.run.split('.')[2]]);
  });

  it('starts nothing twice in a later attempt, and returns the first run', async () => {
    const { setup, caller, callee } = await given();
    await triggerJob(setup.platform, caller);
    const ids: string[] = [];
    const script = async (trigger: TriggerRun) => {
      ids.push((await trigger('callee', 1, { payload: 1 })).run, (await trigger('callee', 'last', {})).run);
      if (ids.length < 4) throw new Error('too early');
    };
    await setup.execute(script);
    setup.awaitRetry();

    await setup.execute(script);

    expect(ids).toEqual([ids[0], ids[1], ids[0], ids[1]]);
    expect(await setup.history(callee)).toHaveLength(2);
  });

  it('is completed by the next attempt after a crash at any call, and starts one run', async () => {
    for (const overlapPolicy of ['skip', 'queue', 'allow'] as const) {
      for (const answerIsLost of [false, true]) {
        for (let crashAtCall = 1; ; crashAtCall++) {
          const { setup, caller, callee } = await given({ overlapPolicy });
          const parent = await triggerJob(setup.platform, caller);
          const script = (trigger: TriggerRun) => trigger('callee', 1, { payload: 'x'.repeat(300), priority: 2 });
          const faulty = withDb(setup.platform, faultyDb(db, { crashAtCall, answerIsLost }));
          let crashed = false;
          await setup.execute(script, faulty).catch((error: unknown) => {
            crashed = error instanceof Crash;
            if (!crashed) throw error;
          });
          setup.platform.sent.splice(0);
          setup.platform.advance(65 * SECOND_MS);
          await sweepExpiredLeases(setup.platform, setup.tenant);
          setup.platform.advance(5 * SECOND_MS);
          setup.platform.sent.splice(0);
          setup.platform.sent.push({ ...setup.ref(caller, parent.ulid), delayMs: 0 });

          await setup.execute(script).catch(() => {});

          const name = `${overlapPolicy}, call ${crashAtCall}, answer lost: ${answerIsLost}`;
          expect(await setup.history(callee), name).toHaveLength(1);
          if (!crashed) break;
        }
      }
    }
  });

  it('sends the message again that a crash prevented', async () => {
    const { setup, caller } = await given();
    await triggerJob(setup.platform, caller);

    const lost: unknown[] = [];
    await setup.execute(async (trigger) => {
      await trigger('callee', 1, {});
      lost.push(...setup.platform.sent.splice(0));
      await trigger('callee', 1, {});
    });

    expect(setup.platform.sent).toMatchObject(lost.map((message) => ({ ulid: (message as { ulid: string }).ulid })));
    expect(lost).toHaveLength(1);
  });

  it('starts one run if two workers execute the run at the same time', async () => {
    for (const overlapPolicy of ['skip', 'queue', 'replace', 'allow'] as const) {
      for (let nth = 1; nth <= 12; nth++) {
        const { setup, caller, callee } = await given({ overlapPolicy });
        const { ulid } = await triggerJob(setup.platform, caller);
        const outcomes: PromiseSettledResult<TriggeredRun>[] = [];

        await setup.execute(async () => {
          const parent = await requireRun(setup.platform, setup.ref(caller, ulid));
          const attempt = (as: TestPlatform) =>
            createRunTrigger(as, parent, parent.lease as Lease)('callee', 1, { payload: 'x'.repeat(300) });
          const interrupted = interruptBefore(setup.platform, { nth }, async () => {
            outcomes.push(...(await Promise.allSettled([attempt(setup.platform)])));
          });
          outcomes.push(...(await Promise.allSettled([attempt(interrupted)])));
        });

        const name = `${overlapPolicy}, call ${nth}`;
        expect(await setup.history(callee), name).toHaveLength(1);
        const ids = outcomes.map((one) => (one.status === 'fulfilled' ? one.value.run : String(one.reason)));
        expect(new Set(ids).size, `${name}: ${ids.join(', ')}`).toBe(1);
      }
    }
  });
});

describe('a start that a script requests', () => {
  const refusals: readonly (readonly [string, Partial<Job>, unknown, string, RegExp])[] = [
    ['of a disabled job', { enabled: false }, {}, 'job.disabled', /Job 'callee' is disabled/],
    ['with an unknown field', {}, { colour: 'red' }, 'input.invalid', /colour/],
    ['with an invalid field', {}, { priority: 9 }, 'input.invalid', /^priority: /],
    ['with two starts', {}, { delay_s: 1, run_at: '2031-05-07T00:00:00Z' }, 'input.invalid', /^delay_s: /],
    ['too far ahead', {}, { delay_s: 366 * 86_400 }, 'input.invalid', /^delay_s: /],
    ['with a payload that is too large', {}, { payload: 'x'.repeat(262_144) }, 'payload.too_large', /^payload: /],
    [
      'with a payload for a job that sends none',
      { target: { type: 'http', url: 'https://example.com/', method: 'GET', headers: {}, body: null } },
      { payload: 1 },
      'input.invalid',
      /^payload: must be absent/,
    ],
    [
      'with a variable beside a secret',
      { target: { type: 'script', script: 'echo', args: [], env: { TOKEN: '{{secret:token}}' } } },
      { env: { URL: 'https://example.com/' } },
      'input.secrets',
      /^env: needs one of the roles/,
    ],
  ];
  it.each(refusals)('is refused %s', async (_, overrides, input, code, message) => {
    const { setup, caller, callee } = await given(overrides);

    const error = await setup.run(caller, (trigger) => trigger('callee', 1, input)).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await setup.history(callee)).toEqual([]);
  });

  it('fails for a job that does not exist, was deleted, or belongs to another tenant', async () => {
    const { setup, caller, callee } = await given();
    const other = await given();
    await other.setup.define('theirs');
    await deleteJob(db, callee, new Date(setup.platform.now()).toISOString());

    const codes: unknown[] = [];
    await setup.run(caller, async (trigger) => {
      for (const id of ['missing', 'callee', 'theirs', '', 'x'.repeat(3_000)])
        codes.push(await codeOf(trigger(id, 1, {})));
    });

    expect(codes).toEqual(Array.from({ length: 5 }, () => 'job.not_found'));
  });

  it('fails while the overlap policy skips, and may succeed in a later call with the same key', async () => {
    const { setup, caller, callee } = await given({ overlapPolicy: 'skip' });
    const active = await triggerJob(setup.platform, callee);
    setup.platform.sent.splice(0);

    const codes: unknown[] = [];
    await setup.run(caller, async (trigger) => {
      codes.push(await codeOf(trigger('callee', 1, {})));
      await cancelRun(setup.platform, active, 'ada');
      codes.push(await codeOf(trigger('callee', 1, {})));
    });

    expect(codes).toEqual(['run.overlap', 'started']);
  });

  it('fails above the limits of the tenant', async () => {
    const { setup, caller, callee } = await given();
    await putLimits(db, setup.tenant, { delayedRuns: 1 });

    const codes: unknown[] = [];
    await setup.run(caller, async (trigger) => {
      for (const key of [1, 2]) codes.push(await codeOf(trigger('callee', key, { delay_s: 60 })));
    });

    expect(codes).toEqual(['started', 'limit.delayedRuns']);
    expect(await setup.history(callee)).toHaveLength(1);
  });

  it('fails with another input under the same key, in any attempt', async () => {
    const { setup, caller, callee } = await given();
    await triggerJob(setup.platform, caller);
    const codes: unknown[] = [];
    await setup.execute(async (trigger) => {
      codes.push(await codeOf(trigger('callee', 'a', { payload: { x: 1, y: 2 } })));
      codes.push(await codeOf(trigger('callee', 'a', { payload: { y: 2, x: 1 } })));
      codes.push(await codeOf(trigger('callee', 'a', { payload: { x: 2, y: 2 } })));
      throw new Error('again');
    });
    setup.awaitRetry();

    await setup.execute(async (trigger) => {
      codes.push(await codeOf(trigger('callee', 'a', { payload: { x: 1, y: 2 } })));
      codes.push(await codeOf(trigger('callee', 'a', {})));
    });

    expect(codes).toEqual(['started', 'started', 'trigger.key_reused', 'started', 'trigger.key_reused']);
    expect(await setup.history(callee)).toHaveLength(1);
  });

  it('fails above the number of runs that one run may start, in all its attempts', async () => {
    const { setup, caller, callee } = await given();
    await putLimits(db, setup.tenant, { concurrentRuns: 2 * MAX_TRIGGERS });
    await triggerJob(setup.platform, caller);
    const codes: unknown[] = [];
    await setup.execute(async (trigger) => {
      for (let key = 1; key < MAX_TRIGGERS; key++) await trigger('callee', key, {});
      throw new Error('again');
    });
    setup.awaitRetry();

    await setup.execute(async (trigger) => {
      for (const key of [1, 'a', 'b', 2, 'a']) codes.push(await codeOf(trigger('callee', key, {})));
    });

    expect(codes).toEqual(['started', 'started', 'trigger.too_many', 'started', 'started']);
    expect(await setup.history(callee)).toHaveLength(MAX_TRIGGERS);
  });

  it('fails while too many runs of the tenant have not started, except for a repeat', async () => {
    const { setup, caller, callee } = await given();
    const key = counterKey(setup.tenant, { kind: 'tenant' });
    const codes: unknown[] = [];
    await triggerJob(setup.platform, caller);
    await setup.execute(async (trigger) => {
      codes.push(await codeOf(trigger('callee', 1, {})));
      throw new Error('again');
    });
    setup.awaitRetry();
    await put(db, db.tables.counters, { ...key, [`${CURRENT_PREFIX}queued`]: MAX_PENDING_RUNS });

    await setup.execute(async (trigger) => {
      for (const name of [1, 2]) codes.push(await codeOf(trigger('callee', name, {})));
    });

    expect(codes).toEqual(['started', 'started', 'trigger.too_many_pending']);
    expect(await setup.history(callee)).toHaveLength(1);
  });

  it('fails at the maximum depth: a job that starts itself comes to an end', async () => {
    const setup = new Setup();
    const loop = await setup.define('loop');
    await triggerJob(setup.platform, loop);

    const codes: unknown[] = [];
    while (setup.platform.sent.length > 0) {
      await setup.execute(async (trigger) => codes.push(await codeOf(trigger('loop', 1, {}))));
    }

    expect(codes).toEqual([...Array.from({ length: MAX_TRIGGER_DEPTH }, () => 'started'), 'trigger.too_deep']);
    expect(await setup.history(loop)).toHaveLength(MAX_TRIGGER_DEPTH + 1);
  });

  it('fails in a run that is being stopped, and in a worker that lost the lease', async () => {
    const { setup, caller, callee } = await given();
    await triggerJob(setup.platform, caller);
    const codes: unknown[] = [];
    await setup.execute(async (trigger) => {
      setup.platform.advance(65 * SECOND_MS);
      await sweepExpiredLeases(setup.platform, setup.tenant);
      codes.push(await codeOf(trigger('callee', 1, {})));
    });

    setup.platform.sent.splice(0);
    await setup.run(await setup.define('stopped'), async (trigger, { runId }) => {
      const [, incarnation = '', ulid = ''] = runId.split('.');
      await cancelRun(setup.platform, { tenant: setup.tenant, jobId: 'stopped', incarnation, ulid }, 'ada');
      codes.push(await codeOf(trigger('callee', 1, {})));
    });

    expect(codes).toEqual(['trigger.not_running', 'trigger.not_running']);
    expect(await setup.history(callee)).toEqual([]);
  });

  it('fails without details if the store fails, and logs them', async () => {
    const { setup, caller } = await given();
    const { ulid } = await triggerJob(setup.platform, caller);

    const codes: unknown[] = [];
    await setup.execute(async () => {
      const parent = await requireRun(setup.platform, setup.ref(caller, ulid));
      const failing = withDb(setup.platform, faultyDb(db, { crashAtCall: 1 }));
      codes.push(await codeOf(createRunTrigger(failing, parent, parent.lease as Lease)('callee', 1, {})));
    });

    expect(codes).toEqual(['trigger.failed']);
    expect(setup.platform.logged).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'run.trigger_failed' }),
    );
  });
});

const codeOf = (started: Promise<TriggeredRun>): Promise<unknown> =>
  started.then(
    () => 'started',
    (error: { readonly code?: string }) => error.code,
  );
