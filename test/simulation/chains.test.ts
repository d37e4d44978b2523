import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { planDependencies } from '../../functions/api/definition/dependencies.ts';
import type { After } from '../../functions/core/domain/after.ts';
import { followerUlid } from '../../functions/core/domain/chain.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run, RunRef } from '../../functions/core/domain/run.ts';
import { publicRunId, tickUlid } from '../../functions/core/domain/run-id.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../functions/core/domain/timing.ts';
import { handleDeadLetteredTick } from '../../functions/core/engine/dead-letter/handle-tick.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { JobRedriver } from '../../functions/core/engine/failures/redrive-job.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { dispatchTick, startTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { requestFollowers, startFollowers } from '../../functions/core/engine/start/start-followers.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepOpenEnds } from '../../functions/core/engine/sweep/sweep-open-ends.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { listChain } from '../../functions/core/store/chained-runs.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { listDeadLetterPage } from '../../functions/core/store/dead-letter.ts';
import { listFollowers } from '../../functions/core/store/dependencies.ts';
import { getJobState, updateJobState } from '../../functions/core/store/job-states.ts';
import { createJob, deleteJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { type OpenEnd, walkOpenEnds } from '../../functions/core/store/open-ends.ts';
import { getRunInput } from '../../functions/core/store/run-inputs.ts';
import { listHistory } from '../../functions/core/store/run-lists.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { getAgendaEntry } from '../../functions/core/store/sweep-agenda.ts';
import { givenAgendaEntry } from '../helpers/builders/agenda.ts';
import { aJob, newTenant } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { toSqsRecord } from '../helpers/fakes/memory-queue.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { refusingDb, type StoreCall } from '../helpers/fakes/refusing-db.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

const db = memoryDb();
const iso = (time: number) => new Date(time).toISOString();
const TICK = iso(START);
const CHAINED = [
  ['b', 'a'],
  ['c', 'b'],
  ['d', 'c'],
  ['e', 'd'],
] as const;

type Outcomes = Readonly<Record<string, 'ok' | 'error'>>;

/** Stores jobs, each with its upstream jobs (`on: success` unless given). */
class Chain {
  readonly platform: TestPlatform = testPlatform(db);
  readonly tenant = newTenant();
  readonly jobs = new Map<string, Job>();

  async define(id: string, after: Partial<After> | null = null, overrides: Partial<Job> = {}): Promise<Job> {
    const condition = after && { jobs: [], mode: 'all' as const, withinSeconds: null, ...after };
    const job = aJob({
      tenant: this.tenant,
      id,
      schedule: null,
      overlapPolicy: 'allow',
      after: condition,
      ...overrides,
    });
    const dependencies = await planDependencies(db, job, null);
    if (!(await createJob(db, job, undefined, dependencies))) throw new Error(`job ${id} exists`);
    this.jobs.set(id, job);
    return job;
  }

  job(id: string): Job {
    const job = this.jobs.get(id);
    if (!job) throw new Error(`no job ${id}`);
    return job;
  }

  ref(id: string, ulid: string): RunRef {
    return { tenant: this.tenant, jobId: id, incarnation: this.job(id).incarnation, ulid };
  }

  /** Executes all runs that have a message. */
  async work(outcomes: Outcomes = {}): Promise<Run[]> {
    const ended: Run[] = [];
    for (let next = this.platform.sent.shift(); next; next = this.platform.sent.shift()) {
      const status = outcomes[next.jobId] ?? 'ok';
      const outcome = anOutcome({ status, meta: { from: next.jobId }, message: status === 'ok' ? null : 'boom' });
      await processRunMessage(this.platform, async () => outcome, next);
      ended.push(await requireRun(this.platform, next));
    }
    return ended;
  }

  /** Executes runs and those that follow them, until none is left. */
  async workAll(outcomes: Outcomes = {}): Promise<void> {
    for (let ended = await this.work(outcomes); ended.length > 0; ended = await this.work(outcomes)) {
      await requestFollowers(this.platform, ended);
      await this.dispatch();
    }
  }

  /** Delivers the ends of runs. */
  async dispatch(): Promise<void> {
    for (const tick of this.platform.ticks.splice(0)) await dispatchTick(this.platform, tick);
  }

  /** Runs a tick of a job. */
  async tick(id: string, at: string = TICK): Promise<Run> {
    await startTick(this.platform, this.job(id), at, undefined);
    return requireRun(this.platform, this.ref(id, tickUlid(this.ref(id, ''), at)));
  }

  async history(id: string) {
    const rows = await listHistory(db, this.ref(id, ''), { limit: 10, now: this.platform.now() });
    return rows.map((row) => (row.state === 'skipped' ? `skipped ${row.reason}` : row.state));
  }

  async redrive(run: Run) {
    const redriver = new JobRedriver(this.platform, this.job(run.jobId), { dryRun: false, acknowledgedBy: 'ada' });
    return redriver.redrive(await requireRun(this.platform, run));
  }
}

const success = (...ids: string[]) => ({ jobs: ids.map((job) => ({ job, on: 'success' as const })) });

const aMessage = (body: string) =>
  toSqsRecord({ id: 'message', body, sentAt: START, receives: 6, visibleAt: START }, 'ticks');

async function crashAtEachCall(act: (platform: TestPlatform) => Promise<void>, platform: TestPlatform) {
  for (const answerIsLost of [false, true]) {
    for (let crashAtCall = 1; ; crashAtCall++) {
      const crashed = await act(withDb(platform, faultyDb(db, { crashAtCall, answerIsLost }))).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Crash) return true;
          throw error;
        },
      );
      if (!crashed) break;
    }
  }
}

/** A store whose eventually consistent queries show no rows yet. */
function outdatedQueries(): Db {
  const send = async (command: Parameters<typeof db.client.send>[0]) => {
    const { ConsistentRead } = command.input as { readonly ConsistentRead?: boolean };
    const isOutdated = command.constructor.name === 'QueryCommand' && !ConsistentRead;
    return isOutdated ? { Items: [], Count: 0 } : db.client.send(command);
  };
  return { tables: db.tables, client: { send } as unknown as DynamoDBClient };
}

describe('a job with upstream jobs', () => {
  it('starts after the run of its upstream job, with its result as payload, in the same chain', async () => {
    const chain = new Chain();
    await chain.define('extract');
    await chain.define('load', success('extract'));

    const run = await triggerJob(chain.platform, chain.job('extract'));
    await chain.workAll();

    const ulid = followerUlid(chain.job('load'), run.ulid);
    const followed = await requireRun(chain.platform, chain.ref('load', ulid));
    expect(followed).toMatchObject({
      state: 'completed',
      trigger: 'after',
      scheduledAt: null,
      chain: { key: run.ulid, root: publicRunId(run), parent: publicRunId(run), depth: 1, triggers: 0 },
    });
    expect(await getRunInput(db, followed)).toEqual({
      payload: { upstream: { extract: { run_id: publicRunId(run), state: 'ok', meta: { from: 'extract' } } } },
    });
    expect(await listChain(db, chain.tenant, publicRunId(run), 10)).toEqual([
      { ref: chain.ref('load', ulid), parent: publicRunId(run) },
    ]);
  });

  it.each([
    ['success', ['completed']],
    ['failure', ['failed']],
    ['end', ['completed', 'failed', 'canceled']],
  ] as const)('starts on %s after runs that are %s', async (on, states) => {
    const chain = new Chain();
    await chain.define('first');
    await chain.define('second', { jobs: [{ job: 'first', on }] });

    const started: string[] = [];
    for (const state of ['completed', 'failed', 'canceled'] as const) {
      const run = await triggerJob(chain.platform, chain.job('first'));
      if (state === 'canceled') {
        const canceled = await cancelRun(chain.platform, run, 'ada');
        if (canceled) await requestFollowers(chain.platform, [canceled]);
        chain.platform.sent.splice(0);
      } else await chain.work({ first: state === 'completed' ? 'ok' : 'error' });
      await startFollowers(chain.platform, run);
      if (chain.platform.sent.splice(0).length > 0) started.push(state);
    }

    expect(started).toEqual(states);
  });

  it('waits for all its upstream jobs of one tick, whatever their order, and starts once', async () => {
    const chain = new Chain();
    for (const id of ['a', 'b', 'c']) await chain.define(id, null, { schedule: '0 * * * *' });
    await chain.define('d', success('a', 'b', 'c'));
    const runs = [await chain.tick('a'), await chain.tick('b'), await chain.tick('c')];
    await chain.work();
    const other = await chain.tick('a', iso(START + HOUR_MS));
    await chain.work();

    for (const run of [runs[2], other, runs[0], runs[0], runs[1], runs[2]]) {
      await startFollowers(chain.platform, run as Run);
    }

    expect(new Set(chain.platform.sent.splice(0).map(({ ulid }) => ulid))).toEqual(
      new Set([followerUlid(chain.job('d'), TICK)]),
    );
    expect(await chain.history('d')).toEqual(['queued']);
  });

  it('starts with the first of any upstream jobs, and no second time', async () => {
    const chain = new Chain();
    for (const id of ['a', 'b']) await chain.define(id, null, { schedule: '0 * * * *' });
    await chain.define('c', { ...success('a', 'b'), mode: 'any' });
    const [first, second] = [await chain.tick('a'), await chain.tick('b')];
    await chain.work();

    await startFollowers(chain.platform, second);
    await chain.workAll();
    await startFollowers(chain.platform, first);

    expect(await chain.history('c')).toEqual(['completed']);
    const run = await requireRun(chain.platform, chain.ref('c', followerUlid(chain.job('c'), TICK)));
    expect(run.chain?.parent).toBe(publicRunId(second));
  });

  it('has the payload of its parent if two of any upstream jobs end at the same time', async () => {
    const chain = new Chain();
    const ids = ['a', 'b'].map((letter) => letter.repeat(60));
    for (const id of ids) await chain.define(id, null, { schedule: '0 * * * *' });
    await chain.define('c', { ...success(...ids), mode: 'any' }, { overlapPolicy: 'allow' });
    const upstream: unknown[] = [];
    const parents: unknown[] = [];
    for (let nth = 1; nth <= 12; nth++) {
      const at = iso(START - nth * HOUR_MS);
      const [first, second] = [await chain.tick(ids[0] as string, at), await chain.tick(ids[1] as string, at)];
      await chain.work();
      const interrupted = interruptBefore(chain.platform, { nth }, () => startFollowers(chain.platform, second));

      await startFollowers(interrupted, first);

      const run = await requireRun(chain.platform, chain.ref('c', followerUlid(chain.job('c'), at)));
      const input = (await getRunInput(db, run)) as { payload: { upstream: Record<string, { run_id: string }> } };
      upstream.push(Object.values(input.payload.upstream).map(({ run_id }) => run_id));
      parents.push([run.chain?.parent]);
    }
    expect(upstream).toEqual(parents);
  });

  it('names the run that ended last as its parent, independent of the order of the messages', async () => {
    const parents: (string | null | undefined)[] = [];
    for (const reversed of [false, true]) {
      const chain = new Chain();
      for (const id of ['a', 'b']) await chain.define(id, null, { schedule: '0 * * * *' });
      await chain.define('c', success('a', 'b'));
      const ended: Run[] = [];
      for (const id of ['b', 'a']) {
        ended.push(await chain.tick(id));
        await chain.work();
        chain.platform.advance(SECOND_MS);
      }

      for (const run of reversed ? ended.toReversed() : ended) await startFollowers(chain.platform, run);

      const run = await requireRun(chain.platform, chain.ref('c', followerUlid(chain.job('c'), TICK)));
      parents.push(run.chain?.parent?.split('.')[0]);
    }
    expect(parents).toEqual(['a', 'a']);
  });

  it('counts the first end of an upstream run that satisfies its condition', async () => {
    const chain = new Chain();
    for (const id of ['a', 'b']) await chain.define(id, null, { schedule: '0 * * * *' });
    await chain.define('c', {
      jobs: [
        { job: 'a', on: 'end' },
        { job: 'b', on: 'success' },
      ],
    });
    const failed = await chain.tick('a');
    await chain.workAll({ a: 'error' });

    await chain.redrive(failed);
    await chain.workAll();
    await chain.tick('b');
    await chain.workAll();

    const run = await requireRun(chain.platform, chain.ref('c', followerUlid(chain.job('c'), TICK)));
    expect(await getRunInput(db, run)).toMatchObject({ payload: { upstream: { a: { state: 'error' } } } });
  });

  it('is skipped if its upstream runs end too far apart', async () => {
    for (const [pause, expected] of [
      [MINUTE_MS, ['queued']],
      [MINUTE_MS + SECOND_MS, ['skipped upstream_late']],
    ] as const) {
      const chain = new Chain();
      for (const id of ['a', 'b']) await chain.define(id, null, { schedule: '0 * * * *' });
      await chain.define('c', { ...success('a', 'b'), withinSeconds: 60 });
      const first = await chain.tick('a');
      await chain.work();
      chain.platform.advance(pause);
      const second = await chain.tick('b');
      await chain.work();

      await startFollowers(chain.platform, second);
      await startFollowers(chain.platform, first);

      expect(await chain.history('c')).toEqual(expected);
    }
  });

  it('has a row with the reason if it is disabled or running already', async () => {
    const chain = new Chain();
    await chain.define('a');
    await chain.define('off', success('a'), { enabled: false });
    await chain.define('busy', success('a'), { overlapPolicy: 'skip' });
    await triggerJob(chain.platform, chain.job('busy'));
    chain.platform.sent.splice(0);
    const run = await triggerJob(chain.platform, chain.job('a'));
    await chain.work();

    await startFollowers(chain.platform, run);
    await startFollowers(chain.platform, run);

    expect(await chain.history('off')).toEqual(['skipped disabled']);
    expect((await chain.history('busy')).toSorted()).toEqual(['queued', 'skipped overlap']);
  });

  it('keeps its own schedule: a tick at the time of the chain is another run', async () => {
    const chain = new Chain();
    await chain.define('a', null, { schedule: '0 * * * *' });
    await chain.define('b', success('a'), { schedule: '0 * * * *' });

    await chain.tick('a');
    await chain.tick('b');
    await chain.workAll();

    expect(await chain.history('b')).toEqual(['completed', 'completed']);
    expect((await getJobState(db, chain.tenant, 'b'))?.newestTick).toBe(TICK);
  });

  it('continues five jobs when the failed run in the middle is redriven', async () => {
    const chain = new Chain();
    await chain.define('a');
    for (const [id, upstream] of CHAINED) {
      await chain.define(id, success(upstream));
    }
    const root = await triggerJob(chain.platform, chain.job('a'));
    await chain.workAll({ c: 'error' });
    const failed = await requireRun(chain.platform, chain.ref('c', followerUlid(chain.job('c'), root.ulid)));

    const redriven = await chain.redrive(failed);
    await chain.workAll();

    expect(redriven.kind).toBe('started');
    for (const id of ['d', 'e']) expect(await chain.history(id)).toEqual(['completed']);
    const repeat = redriven.by && (await getRun(db, redriven.by));
    expect(repeat).toMatchObject({ chain: failed.chain, redrivenFrom: failed.ulid });
    const last = await requireRun(chain.platform, chain.ref('e', followerUlid(chain.job('e'), root.ulid)));
    expect(last.chain).toMatchObject({ root: publicRunId(root), depth: 4 });
  });

  it('continues a chain whose first run is redriven', async () => {
    const chain = new Chain();
    await chain.define('a');
    await chain.define('b', success('a'));
    const failed = await triggerJob(chain.platform, chain.job('a'));
    await chain.workAll({ a: 'error' });

    await chain.redrive(failed);
    await chain.workAll();

    expect(await chain.history('b')).toEqual(['completed']);
    expect(await getRun(db, chain.ref('b', followerUlid(chain.job('b'), failed.ulid)))).toBeDefined();
  });

  it.each([
    { method: 'GET' as const, body: null },
    { method: 'POST' as const, body: '{}' },
  ])('can be redriven if it is an http job that takes no payload: $method', async (request) => {
    const chain = new Chain();
    await chain.define('a');
    const target = { type: 'http' as const, url: 'https://example.com/', headers: {}, ...request };
    await chain.define('b', success('a'), { target });
    const root = await triggerJob(chain.platform, chain.job('a'));
    await chain.workAll({ b: 'error' });
    const failed = await requireRun(chain.platform, chain.ref('b', followerUlid(chain.job('b'), root.ulid)));

    const redriven = await chain.redrive(failed);

    expect(redriven).toMatchObject({ kind: 'started' });
  });

  it('starts although an eventually consistent read does not show its dependency yet', async () => {
    const chain = new Chain();
    await chain.define('a');
    await chain.define('b', success('a'));
    const run = await triggerJob(chain.platform, chain.job('a'));
    await chain.work();

    await startFollowers(withDb(chain.platform, outdatedQueries()), run);
    await chain.workAll();

    expect(await chain.history('b')).toEqual(['completed']);
  });

  it('starts once after a crash at any call, by the repeated message', async () => {
    const chain = new Chain();
    for (const id of ['a', 'b']) await chain.define(id, null, { schedule: '0 * * * *' });
    for (const policy of ['skip', 'queue', 'replace', 'allow'] as const) {
      await chain.define(`all-${policy}`, success('a', 'b'), { overlapPolicy: policy });
      await chain.define(`any-${policy}`, { ...success('a', 'b'), mode: 'any' }, { overlapPolicy: policy });
    }
    const runs = [await chain.tick('a'), await chain.tick('b')];
    await chain.work();

    for (const run of runs) await crashAtEachCall((platform) => startFollowers(platform, run), chain.platform);
    await chain.workAll();

    for (const policy of ['skip', 'queue', 'replace', 'allow']) {
      expect(await chain.history(`all-${policy}`)).toEqual(['completed']);
      expect(await chain.history(`any-${policy}`)).toEqual(['completed']);
    }
  });

  it('starts once if two ends are handled at the same time', async () => {
    const chain = new Chain();
    for (const id of ['a', 'b']) await chain.define(id, null, { schedule: '0 * * * *' });
    await chain.define('c', success('a', 'b'));
    const [first, second] = [await chain.tick('a'), await chain.tick('b')];
    await chain.work();
    const interrupted = interruptBefore(chain.platform, { command: 'QueryCommand', table: 'records' }, () =>
      startFollowers(chain.platform, second),
    );

    await startFollowers(interrupted, first);
    await chain.workAll();

    expect(await chain.history('c')).toEqual(['completed']);
  });

  it('does not start after a run of a deleted job, and its deletion frees the upstream job', async () => {
    const chain = new Chain();
    await chain.define('a');
    await chain.define('b', success('a'));
    const run = await triggerJob(chain.platform, chain.job('a'));
    await chain.work();
    const refused = deleteJob(db, chain.job('a'), TICK);
    await expect(refused).rejects.toThrow("Job 'a' cannot be deleted: 'b' would no longer start (after)");

    await deleteJob(db, chain.job('b'), TICK);
    await startFollowers(chain.platform, run);

    expect(chain.platform.sent).toEqual([]);
    expect(await listFollowers(db, chain.tenant, 'a')).toEqual([]);
    expect(await getJobState(db, chain.tenant, 'a')).toMatchObject({ followed: false });
    expect(await deleteJob(db, chain.job('a'), TICK)).toBe(true);
    await chain.define('a', null, { incarnation: 'def45678' });
    await chain.define('b', success('a'));
    await startFollowers(chain.platform, run);
    expect(chain.platform.sent).toEqual([]);
  });

  it('is deleted with the dependencies that it has, not with those that were read', async () => {
    const chain = new Chain();
    await chain.define('a');
    const outdated = await chain.define('b');
    const changed = { ...outdated, version: 2, after: { ...success('a'), mode: 'all' as const, withinSeconds: null } };
    await replaceJob(db, changed, undefined, await planDependencies(db, changed, null));

    const first = await deleteJob(db, outdated, TICK);
    const second = await deleteJob(db, changed, TICK);

    expect([first, second]).toEqual([false, true]);
    expect(await listFollowers(db, chain.tenant, 'a')).toEqual([]);
  });

  it('closes no cycle by concurrent changes of two jobs', async () => {
    const chain = new Chain();
    const [a, b] = [await chain.define('a'), await chain.define('b')];
    const afterB = { ...a, version: 2, after: { ...success('b'), mode: 'all' as const, withinSeconds: null } };
    const afterA = { ...b, version: 2, after: { ...success('a'), mode: 'all' as const, withinSeconds: null } };
    const planned = [await planDependencies(db, afterB, null), await planDependencies(db, afterA, null)];

    await replaceJob(db, afterB, undefined, planned[0]);
    const second = replaceJob(db, afterA, undefined, planned[1]);

    await expect(second).rejects.toThrow('dependencies between jobs have changed');
    await expect(planDependencies(db, afterA, null)).rejects.toThrow('must not close a cycle, got b → a → b');
  });

  it('is not defined after a job that is deleted meanwhile', async () => {
    const chain = new Chain();
    const a = await chain.define('a');
    const b = aJob({ tenant: chain.tenant, id: 'b', after: { ...success('a'), mode: 'all', withinSeconds: null } });
    const planned = await planDependencies(db, b, null);

    await deleteJob(db, a, TICK);

    await expect(createJob(db, b, undefined, planned)).rejects.toThrow('dependencies between jobs have changed');
    await expect(planDependencies(db, b, null)).rejects.toThrow("must name existing jobs, got 'a'");
  });
});

describe('a run of a job on which others depend', () => {
  it('is marked even if the decision about it was based on an outdated state', async () => {
    const chain = new Chain();
    const a = await chain.define('a');
    const outdated = await getJobState(db, chain.tenant, 'a');
    await chain.define('b', success('a'));

    const stored = outdated && (await updateJobState(db, a, outdated, { runNumber: 1 }));
    const run = await triggerJob(chain.platform, a);

    expect(stored).toBe(false);
    expect(run.followed).toBe(true);
  });

  it('requests nothing when nothing depended on its job at its start', async () => {
    const chain = new Chain();
    await chain.define('a');
    await triggerJob(chain.platform, chain.job('a'));

    const [run] = await chain.work();
    await requestFollowers(chain.platform, [run as Run]);

    expect(run?.followed).toBe(false);
    expect(chain.platform.ticks).toEqual([]);
  });

  it('leaves a dead letter if its end cannot be handled', async () => {
    const chain = new Chain();
    await chain.define('a');
    await chain.define('b', success('a'));
    await triggerJob(chain.platform, chain.job('a'));
    const [run] = await chain.work();
    await requestFollowers(chain.platform, [run as Run]);
    const [tick] = chain.platform.ticks.splice(0);
    if (!tick) throw new Error('no message');

    await handleDeadLetteredTick(chain.platform, tick, aMessage(JSON.stringify(tick)));

    const page = { kind: null, limit: 10, after: '0', before: 'Z', newestFirst: true, now: chain.platform.now() };
    expect(await listDeadLetterPage(db, chain.tenant, page)).toMatchObject([
      { kind: 'chain', runId: publicRunId(run as Run) },
    ]);
    expect(await chain.history('a')).toEqual(['completed']);
  });
});

describe('the end of an upstream run', () => {
  /** A run of `a` whose end was requested and lost, after which `b` and `c` start. */
  async function givenLostEnd(): Promise<{ readonly chain: Chain; readonly run: Run }> {
    const chain = new Chain();
    await chain.define('a');
    for (const id of ['b', 'c']) await chain.define(id, success('a'));
    await triggerJob(chain.platform, chain.job('a'));
    const [run] = (await chain.work()) as [Run];
    await requestFollowers(chain.platform, [run]);
    chain.platform.ticks.splice(0);
    return { chain, run };
  }

  const openEnds = async (chain: Chain) => {
    const found: OpenEnd[] = [];
    for await (const page of walkOpenEnds(db, chain.tenant, 10)) found.push(...page);
    return found.map(({ ref, attempts }) => [ref.jobId, attempts]);
  };

  it('starts its followers by the sweep if its message was lost', async () => {
    const { chain } = await givenLostEnd();
    chain.platform.advance(MINUTE_MS);

    await sweepTenant(chain.platform, chain.tenant);
    await chain.workAll();

    expect(await chain.history('b')).toEqual(['completed']);
    expect(await chain.history('c')).toEqual(['completed']);
    expect(await openEnds(chain)).toEqual([]);
  });

  it('waits for its message for a minute, and leaves no record once its message was handled', async () => {
    const chain = new Chain();
    await chain.define('a');
    await chain.define('b', success('a'));
    await triggerJob(chain.platform, chain.job('a'));
    await requestFollowers(chain.platform, await chain.work());
    chain.platform.advance(MINUTE_MS - 1);

    await sweepTenant(chain.platform, chain.tenant);
    const early = await chain.history('b');
    await chain.dispatch();

    expect(early).toEqual([]);
    expect(await chain.history('b')).toEqual(['queued']);
    expect(await openEnds(chain)).toEqual([]);
  });

  it('makes a sweep due a minute later', async () => {
    const { chain, run } = await givenLostEnd();
    await givenAgendaEntry(db, chain.tenant, chain.platform.now() + HOUR_MS);

    await requestFollowers(chain.platform, [run]);

    expect(await getAgendaEntry(db, chain.tenant)).toMatchObject({ sweepAt: chain.platform.now() + MINUTE_MS });
  });

  it('starts its followers with growing delays while one of them cannot be started', async () => {
    const { chain } = await givenLostEnd();
    let refusals = 0;
    const isOfB = ({ command, input }: StoreCall) => command === 'GetItem' && input.includes('DEF#b');
    const refusing = withDb(
      chain.platform,
      refusingDb(db, (call) => isOfB(call) && ++refusals > 0),
    );
    const attemptsAt: number[] = [];
    for (let minute = 1; minute <= 8; minute++) {
      chain.platform.advance(MINUTE_MS);
      const before = refusals;
      await sweepTenant(refusing, chain.tenant).catch(() => {});
      if (refusals > before) attemptsAt.push(minute);
    }
    const failing = await openEnds(chain);
    chain.platform.advance(HOUR_MS);

    await sweepTenant(chain.platform, chain.tenant);
    await chain.work();

    expect(attemptsAt).toEqual([1, 3, 7]);
    expect(failing).toEqual([['a', 3]]);
    expect(await chain.history('b')).toEqual(['completed']);
    expect(await chain.history('c')).toEqual(['completed']);
    expect(await openEnds(chain)).toEqual([]);
  });

  it('starts each follower once after a crash at any call of its request or of the sweep', async () => {
    const { chain, run } = await givenLostEnd();
    await crashAtEachCall((platform) => requestFollowers(platform, [run]), chain.platform);
    chain.platform.ticks.splice(0);

    await crashAtEachCall(async (platform) => {
      chain.platform.advance(HOUR_MS);
      await sweepOpenEnds(platform, chain.tenant, () => true).catch((error: unknown) => {
        throw error instanceof AggregateError ? error.errors[0] : error;
      });
    }, chain.platform);
    chain.platform.advance(HOUR_MS);
    await sweepTenant(chain.platform, chain.tenant);
    await chain.workAll();

    expect(await chain.history('b')).toEqual(['completed']);
    expect(await chain.history('c')).toEqual(['completed']);
    expect(await openEnds(chain)).toEqual([]);
  });

  it('starts nothing and is forgotten if its job was deleted', async () => {
    const { chain } = await givenLostEnd();
    for (const id of ['b', 'c', 'a']) await deleteJob(db, chain.job(id), iso(chain.platform.now()));
    chain.platform.advance(MINUTE_MS);

    await sweepOpenEnds(chain.platform, chain.tenant, () => true);

    expect(chain.platform.sent).toEqual([]);
    expect(await openEnds(chain)).toEqual([]);
  });
});
