import { describe, expect, it } from 'vitest';
import { isExternalRun, isLookOverdue } from '../../functions/core/domain/external-execution.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { isTerminal, type RunRef } from '../../functions/core/domain/run.ts';
import { publicRunId } from '../../functions/core/domain/run-id.ts';
import { NO_OPTIONS } from '../../functions/core/domain/run-input.ts';
import { HOUR_MS, MINUTE_MS } from '../../functions/core/domain/timing.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { followExecution } from '../../functions/core/engine/external/follow-run.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import type { ExecutionRequest } from '../../functions/core/executors/external/execution-service.ts';
import { listAttempts } from '../../functions/core/store/attempts.ts';
import { deleteJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { putTombstone } from '../../functions/core/store/tombstones.ts';
import { endRuns } from '../../lib/admin/end-runs.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { type MemoryExecutions, memoryExecutions } from '../helpers/fakes/memory-executions.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { refusingDb } from '../helpers/fakes/refusing-db.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

const db = memoryDb();
const target = { type: 'stateMachine', target: 'order-flow', payload: null } as const;
const execute = async () => {
  throw new Error('a worker executes no external run');
};

interface Given {
  readonly platform: TestPlatform;
  readonly job: Job;
  readonly service: MemoryExecutions;
}

/** A platform with a service and a job whose runs the service executes. */
async function given(overrides: Partial<Job> = {}, limits = {}): Promise<Given> {
  const platform = testPlatform(db, limits);
  const service = memoryExecutions(platform.now);
  platform.executions = service;
  const job = await givenJob(platform, { schedule: null, target, timeoutMs: HOUR_MS, ...overrides });
  return { platform, job, service };
}

/** Processes the messages that are due. */
async function work(platform: TestPlatform, as: TestPlatform = platform): Promise<void> {
  for (;;) {
    const at = platform.sent.findIndex(({ delayMs }) => delayMs === 0);
    const [message] = at < 0 ? [] : platform.sent.splice(at, 1);
    if (!message) return;
    await processRunMessage(as, execute, message);
  }
}

/** Sweeps once a minute, with the messages that the sweeps send. */
async function sweep({ platform, job }: Given, minutes = 1): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    platform.advance(MINUTE_MS + 1_000);
    await sweepTenant(platform, job.tenant);
    await work(platform);
  }
}

async function start(run: Given): Promise<RunRef> {
  const ref = await triggerJob(run.platform, run.job);
  await work(run.platform);
  return ref;
}

const viewOf = async (platform: TestPlatform, ref: RunRef) => {
  const { state, attempt, failure, lease, external, canceledBy } = await requireRun(platform, ref);
  return { state, attempt, failure, lease, reference: external?.reference, canceledBy };
};

describe('a run that another service executes', () => {
  it('holds no worker while it lasts, and ends with its execution', async () => {
    const external = await given();
    const { platform, service } = external;

    const ref = await start(external);

    const reference = service.only();
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 1, lease: null, reference });
    expect(service.executions.get(reference)?.request).toMatchObject({
      runId: publicRunId(ref),
      jobId: 'sync-email',
      attempt: 1,
    });
    platform.advance(30 * MINUTE_MS);
    service.end(reference, { output: '{"rows":3}', meta: { rows: 3 } });
    await followExecution(platform, reference);
    expect(await requireRun(platform, ref)).toMatchObject({
      state: 'completed',
      stdout: '{"rows":3}',
      meta: { rows: 3 },
      executionMs: null,
      priorComputeMs: 0,
    });
  });

  it('holds a slot of its tenant until its end', async () => {
    const external = await given({ overlapPolicy: 'allow' }, { concurrentRuns: 1 });
    const { platform, service } = external;
    await start(external);
    const first = service.only();

    const waiting = await start(external);

    expect(await requireRun(platform, waiting)).toMatchObject({ state: 'queued', waiting: 'limit' });
    service.end(first);
    await followExecution(platform, first);
    await work(platform);
    expect(await requireRun(platform, waiting)).toMatchObject({ state: 'running', waiting: null });
  });

  it('receives the payload of the run, or that of its target', async () => {
    const external = await given({ target: { ...target, payload: { region: 'eu' } } });
    await start(external);
    const input = { payload: { region: 'us' } };
    const other = await given();
    await triggerJob(other.platform, other.job, undefined, { ...NO_OPTIONS, input });
    await work(other.platform);

    const { service } = external;
    expect(service.executions.get(service.only())?.request.payload).toEqual({ region: 'eu' });
    expect(other.service.executions.get(other.service.only())?.request.payload).toEqual({ region: 'us' });
  });

  it('fails with the message of its service, and is retried as an execution of its own', async () => {
    const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 60, maxDelaySeconds: 60 } as const;
    const external = await given({ retry });
    const { platform, service } = external;
    const ref = await start(external);
    const first = service.only();
    service.end(first, { result: 'error', message: 'States.TaskFailed: no stock' });

    await followExecution(platform, first);

    const queued = await requireRun(platform, ref);
    expect(queued).toMatchObject({ state: 'queued', attempt: 1, external: null, sentAt: null });
    expect(await listAttempts(db, queued)).toMatchObject([
      { number: 1, failure: { kind: 'error', message: 'States.TaskFailed: no stock' }, executionMs: null },
    ]);
    await sweep(external, 3);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 2 });
    expect(service.executions.size).toBe(2);
    // A repeated event of the first attempt.
    await followExecution(platform, first);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 2 });
  });

  it('fails if the service refuses to start it, without the names of roles and resources of the team', async () => {
    const external = await given();
    const user = 'arn:aws:sts::123456789012:assumed-role/worker/fn';
    const refused = `AccessDeniedException: User: ${user} may not states:StartExecution`;
    external.service.refusals.push({ refused, final: true });

    const ref = await start(external);

    expect(await viewOf(external.platform, ref)).toMatchObject({
      state: 'failed',
      failure: { kind: 'error', message: 'AccessDeniedException: User: (ARN) may not states:StartExecution' },
    });
  });

  it('ends at the next sweep if no event reports its end', async () => {
    const external = await given();
    const ref = await start(external);
    external.service.end(external.service.only());

    await sweep(external);

    expect(await viewOf(external.platform, ref)).toMatchObject({ state: 'completed' });
  });

  it('ends if its execution ends, and is reported, before its reference is stored', async () => {
    const external = await given();
    const { platform, service } = external;
    const inner = { ...service };
    service.start = async (request) => {
      const started = await inner.start(request);
      service.end(service.only());
      await followExecution(platform, service.only());
      return started;
    };

    const ref = await start(external);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'completed' });
  });

  it('causes looks of sweeps ever more seldom, at least every 15 minutes, and of one of two concurrent sweeps', async () => {
    const external = await given({ timeoutMs: 24 * HOUR_MS });
    const { platform, service, job } = external;
    const ref = await start(external);
    let looks = 0;
    service.before = async (method) => void (method === 'describe' && looks++);

    await sweep(external, 120);

    expect(looks).toBeGreaterThanOrEqual(8);
    expect(looks).toBeLessThanOrEqual(14);
    platform.advance(15 * MINUTE_MS);
    const run = await requireRun(platform, ref);
    expect(isExternalRun(run) && isLookOverdue(run, platform.now())).toBe(true);
    const interrupted = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, () =>
      sweepTenant(platform, job.tenant),
    );
    await sweepTenant(interrupted, job.tenant);
    expect(platform.sent.filter(({ delayMs }) => delayMs === 0)).toHaveLength(1);
  });
});

describe('an execution whose start is not confirmed', () => {
  it.each([{ after: true }, { after: false }])('has one execution by its token, %j', async ({ after }) => {
    const external = await given();
    const { platform, service } = external;
    service.faults.push({ method: 'start', after });

    const ref = await start(external);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 1, lease: null, reference: null });
    await sweep(external);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 1, reference: service.only() });
  });

  it('starts after an outage of the service of half an hour', async () => {
    const external = await given();
    const { platform, service } = external;
    let isOut = true;
    service.before = async () => {
      if (isOut) throw new Error('ThrottlingException');
    };
    const ref = await start(external);
    await sweep(external, 30);
    isOut = false;

    await sweep(external, 15);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 1, reference: service.only() });
  });

  it('stops, and does not start again, if its run is canceled meanwhile', async () => {
    const external = await given();
    const { platform, service } = external;
    service.faults.push({ method: 'start', after: true });
    const ref = await start(external);

    await cancelRun(platform, ref, 'ana@acme.test');
    await work(platform);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled', canceledBy: 'ana@acme.test' });
    expect(service.stops).toEqual([{ reference: service.only(), reason: 'canceled by ana@acme.test' }]);
  });

  it('does not start any more if its run is canceled and no execution exists', async () => {
    const external = await given();
    const { platform, service } = external;
    service.faults.push({ method: 'start' });
    const ref = await start(external);

    await cancelRun(platform, ref, 'ana@acme.test');
    await work(platform);
    await sweep(external, 6);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled' });
    expect(service.executions.size).toBe(0);
  });

  it('stops although its start takes effect after its run was canceled', async () => {
    const external = await given();
    const { platform, service } = external;
    let request: ExecutionRequest | undefined;
    const inner = { ...service };
    service.start = async (given) => {
      request = given;
      throw new Error('no answer');
    };
    const ref = await start(external);
    await cancelRun(platform, ref, 'ana@acme.test');
    await work(platform);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'stopping' });
    if (request) await inner.start(request);

    await sweep(external, 2);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled' });
    expect(service.stops).toHaveLength(1);
  });

  it('is found although the service refuses a second start', async () => {
    const external = await given();
    const { platform, service } = external;
    service.faults.push({ method: 'start', after: true });
    const ref = await start(external);
    service.refusals.push({ refused: "stateMachine.target: 'order-flow' is no target of this tenant", final: true });

    await sweep(external, 2);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', reference: service.only() });
  });

  it('fails as a timeout if the service was out until its deadline', async () => {
    const external = await given({ timeoutMs: 5 * MINUTE_MS });
    const { platform, service } = external;
    service.faults.push(...Array.from({ length: 20 }, () => ({ method: 'start' }) as const));
    const ref = await start(external);

    await sweep(external, 10);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'failed', failure: { kind: 'timeout' } });
    expect(service.executions.size).toBe(0);
  });

  it('fails at its deadline with the reason of the newest start that failed, without the names of roles of the team', async () => {
    const external = await given({ timeoutMs: 10 * MINUTE_MS });
    const { platform, service } = external;
    const reasons = ['RESOURCE:MEMORY', 'AGENT of arn:aws:ecs:eu-central-1:123456789012:cluster/jobs'];
    service.before = async (method) => {
      if (method === 'start') throw new Error(reasons.length > 1 ? reasons.shift() : reasons[0]);
    };

    const ref = await start(external);
    await sweep(external, 16);

    const { deadlineAt } = (await requireRun(platform, ref)).external ?? {};
    expect(await viewOf(platform, ref)).toMatchObject({
      state: 'failed',
      failure: {
        kind: 'timeout',
        message: `timeout: the execution was not started before ${deadlineAt}: Error: AGENT of (ARN)`,
      },
    });
  });

  it('writes the reason of failed starts only if it differs from that of the start before', async () => {
    const external = await given({ timeoutMs: HOUR_MS });
    const { platform, service } = external;
    service.faults.push(...Array.from({ length: 20 }, () => ({ method: 'start' }) as const));
    const ref = await start(external);
    const { external: stored } = await requireRun(platform, ref);
    const write = { command: 'UpdateItemCommand', table: 'runs' } as const;
    let writes = 0;
    const counting = interruptBefore(platform, write, async () => void writes++);

    await processRunMessage(counting, execute, ref);

    expect(stored).toMatchObject({ startError: 'Error: start: service unavailable' });
    expect(writes).toBe(0);
  });

  it('keeps its run if its job names another target meanwhile', async () => {
    const external = await given();
    const { platform, service, job } = external;
    service.faults.push({ method: 'start', after: true });
    const ref = await start(external);
    await replaceJob(db, { ...job, version: 2, target: { ...target, target: 'other' } });

    await sweep(external);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', reference: service.only() });
  });

  it('does not replace that of a later attempt', async () => {
    const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
    const external = await given({ retry });
    const { platform, service } = external;
    service.faults.push({ method: 'start', after: true });
    const ref = await start(external);
    const first = service.only();
    service.end(first, { result: 'error' });
    const secondAttempt = async () => {
      await sweep(external, 2);
      expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 2 });
    };
    const stalled = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, secondAttempt);

    await processRunMessage(stalled, execute, ref);

    const { reference } = await viewOf(platform, ref);
    expect(reference).not.toBe(first);
  });

  it('keeps the reference of the worker that recovered it, if the first one resumes', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await triggerJob(platform, external.job);
    const [message] = platform.sent.splice(0);
    if (!message) throw new Error('no message was sent');
    service.faults.push({ method: 'start', after: true });
    const recover = () => sweep(external, 3);
    const selector = { command: 'UpdateItemCommand', table: 'runs', nth: 2 } as const;

    await processRunMessage(interruptBefore(platform, selector, recover), execute, message);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', reference: service.only() });
  });

  it('keeps the reference that another look has stored since its own start failed', async () => {
    const external = await given();
    const { platform, service } = external;
    service.faults.push({ method: 'start' }, { method: 'start', after: true });
    const ref = await start(external);
    const inner = { ...service };
    let calls = 0;
    service.start = async (request) => {
      calls += 1;
      if (calls > 1) return inner.start(request);
      await inner.start(request).catch(() => {});
      throw new Error('no answer in time');
    };
    const otherLook = () => processRunMessage(platform, execute, ref);
    const interrupted = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, otherLook);

    await processRunMessage(interrupted, execute, ref);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', reference: service.only() });
  });

  it('stops if its job is deleted meanwhile', async () => {
    const external = await given();
    const { platform, service, job } = external;
    service.faults.push({ method: 'start', after: true });
    const ref = await start(external);
    await deleteJob(db, job, new Date(platform.now()).toISOString());

    await sweep(external, 2);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled', canceledBy: 'job deleted' });
    expect(service.stops).toHaveLength(1);
  });
});

describe('the end of an execution on request', () => {
  it('cancels the run once the execution has stopped', async () => {
    const external = await given();
    const { platform, service } = external;
    service.stopsAtOnce = false;
    const ref = await start(external);

    await cancelRun(platform, ref, 'ana@acme.test');
    await work(platform);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'stopping' });
    expect(service.stops).toHaveLength(1);
    const reference = service.only();
    service.end(reference, { result: 'stopped' });
    await followExecution(platform, reference);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled', failure: null });
    // A late and a repeated event change nothing.
    const ended = await requireRun(platform, ref);
    await followExecution(platform, reference);
    expect(await requireRun(platform, ref)).toEqual(ended);
  });

  it('completes a run whose work ended first', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await start(external);
    service.end(service.only());

    await cancelRun(platform, ref, 'ana@acme.test');
    await work(platform);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'completed' });
  });

  it('reaches an execution that is started while its run is canceled', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await triggerJob(platform, external.job);
    service.before = async (method) => void (method === 'start' && (await cancelRun(platform, ref, 'ana@acme.test')));

    await work(platform);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled' });
    expect(service.stops).toHaveLength(1);
  });

  it('follows from a sweep after a crash between the request and its message', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await start(external);
    await cancelRun(platform, ref, 'ana@acme.test');
    platform.sent.length = 0;

    await sweep(external);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled' });
    expect(service.stops).toHaveLength(1);
  });

  it('fails a run past its deadline as a timeout, at its deadline', async () => {
    const external = await given({ timeoutMs: 5 * MINUTE_MS });
    const { platform, service } = external;
    const ref = await start(external);
    const [message] = platform.sent;
    expect(message).toMatchObject({ ulid: ref.ulid, delayMs: 5 * MINUTE_MS });
    platform.advance(5 * MINUTE_MS);

    if (message) await processRunMessage(platform, execute, message);

    expect(service.stops).toMatchObject([{ reference: service.only() }]);
    expect(await viewOf(platform, ref)).toMatchObject({
      state: 'failed',
      failure: { kind: 'timeout', message: expect.stringContaining('timeout: the execution was stopped at') },
    });
  });

  it('fails a run that others have stopped', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await start(external);
    service.end(service.only(), { result: 'stopped', message: 'stopped: maintenance' });

    await followExecution(platform, service.only());

    expect(await viewOf(platform, ref)).toMatchObject({
      state: 'failed',
      failure: { kind: 'error', message: 'stopped: maintenance' },
    });
  });
});

describe('an execution that the service does not have', () => {
  it('fails its run as lost, but not while the service may not list it yet', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await start(external);
    service.forget(service.only());

    await sweep(external, 3);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running' });
    await sweep(external, 12);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'failed', failure: { kind: 'lost' } });
  });

  it('ends its run as its event states, which waited behind a look', async () => {
    const external = await given({ timeoutMs: 24 * HOUR_MS });
    const { platform, service } = external;
    const ref = await start(external);
    const reference = service.only();
    service.end(reference, { output: '{"rows":3}' });
    const event = service.executions.get(reference)?.end;
    platform.advance(2 * HOUR_MS);
    service.forget(reference);

    await sweep(external);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running' });
    await followExecution(platform, reference, event);

    expect(await requireRun(platform, ref)).toMatchObject({ state: 'completed', stdout: '{"rows":3}' });
  });

  it('gives its run the log that the service keeps elsewhere, at an event, at a look and at a cancel', async () => {
    const log = 'read 3 rows\n';
    for (const end of ['event', 'look', 'cancel'] as const) {
      const external = await given();
      const { platform, service } = external;
      const ref = await start(external);
      const reference = service.only();
      service.logs.set(reference, log);

      if (end === 'cancel') await cancelRun(platform, ref, 'ana');
      else service.end(reference);
      if (end === 'event') await followExecution(platform, reference);
      else if (end === 'look') await sweep(external, 20);
      else await work(platform);

      expect(await requireRun(platform, ref)).toMatchObject({ stdout: 'read 3 rows' });
    }
  });

  it('lets its run wait as long the next time after it has reappeared', async () => {
    const external = await given({ timeoutMs: 24 * HOUR_MS });
    const { platform, service } = external;
    const ref = await start(external);
    const reference = service.only();
    const execution = service.executions.get(reference);
    platform.advance(HOUR_MS);
    service.forget(reference);
    await sweep(external);
    expect(await requireRun(platform, ref)).toMatchObject({ external: { unresolvedAt: expect.any(String) } });
    if (execution) service.executions.set(reference, execution);

    await sweep(external, 2);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', reference });
    expect((await requireRun(platform, ref)).external).not.toHaveProperty('unresolvedAt');
  });

  it('leaves its run running while the service cannot be reached', async () => {
    const external = await given({ timeoutMs: 24 * HOUR_MS });
    const { platform, service } = external;
    const ref = await start(external);
    service.before = async () => {
      throw new Error('service unavailable');
    };

    await sweep(external, 120);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 1 });
  });

  const refuse = async () => {
    throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException', $fault: 'client' });
  };
  const unreadable = (reference: string, error: string) =>
    `timeout: its execution ${reference.split(':').at(-1)} can no longer be read or stopped: ${error}`;

  it('ends after its deadline if the service refuses to read it', async () => {
    const external = await given({ timeoutMs: 30 * MINUTE_MS });
    const { platform, service } = external;
    const ref = await start(external);
    service.before = refuse;

    await sweep(external, 29);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running' });
    await sweep(external, 25);

    const message = unreadable(service.only(), 'AccessDeniedException: not authorized');
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'failed', failure: { kind: 'timeout', message } });
    expect(platform.logged).toContainEqual(expect.objectContaining({ message: 'execution.abandoned' }));
  });

  it('is canceled within minutes, before its deadline, if the service refuses to read it', async () => {
    const external = await given({ timeoutMs: 24 * HOUR_MS });
    const { platform, service } = external;
    const ref = await start(external);
    service.before = refuse;
    await cancelRun(platform, ref, 'ana@acme.test');
    await work(platform);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'stopping' });

    await sweep(external, 6);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled', failure: null });
  });

  it('ends as canceled within minutes if the service shows it and refuses to stop it', async () => {
    const external = await given({ timeoutMs: 24 * HOUR_MS });
    const { platform, service } = external;
    const ref = await start(external);
    service.before = async (method) => {
      if (method === 'stop') await refuse();
    };
    await cancelRun(platform, ref, 'ana@acme.test');
    await work(platform);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'stopping' });

    await sweep(external, 6);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled', failure: null });
    expect(platform.logged).toContainEqual(expect.objectContaining({ message: 'execution.abandoned' }));
  });

  it('ends an hour after its deadline if the service cannot be reached', async () => {
    const external = await given({ timeoutMs: 30 * MINUTE_MS });
    const { platform, service } = external;
    const ref = await start(external);
    service.before = async () => {
      throw new Error('service unavailable');
    };

    await sweep(external, 85);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running' });
    await sweep(external, 20);

    const message = unreadable(service.only(), 'Error: service unavailable');
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'failed', failure: { kind: 'timeout', message } });
  });

  it('cancels a run that is being stopped after five minutes', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await start(external);
    service.forget(service.only());
    platform.advance(10 * MINUTE_MS);

    await cancelRun(platform, ref, 'ana@acme.test');
    await work(platform);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'stopping' });
    await sweep(external, 6);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled' });
  });
});

describe('an execution whose tenant is deleted', () => {
  /** Ends the runs of the tenant as an operator does, whose pauses let the workers work. */
  async function endAll({ platform, job }: Given, during = async () => {}) {
    const reported: string[] = [];
    const startedAt = platform.now();
    await putTombstone(db, job.tenant, new Date(startedAt).toISOString());
    const left = await endRuns(
      {
        db,
        defaultLimits: platform.defaultLimits,
        now: platform.now,
        sendRun: (run) => platform.queues.sendRun(run),
        reportProgress: (text) => void reported.push(text),
        async pause(ms) {
          platform.advance(ms);
          await during();
          await work(platform);
        },
      },
      job.tenant,
    );
    return { left, reported, tookMs: platform.now() - startedAt };
  }

  it('stops, and its run ends as canceled', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await start(external);

    const { left, tookMs } = await endAll(external);

    expect(left).toEqual([]);
    expect(service.stops).toEqual([{ reference: service.only(), reason: 'canceled by tenant deleted' }]);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled', canceledBy: 'tenant deleted' });
    expect(tookMs).toBeLessThan(10_000);
  });

  it('delays the deletion until it ends, longer than other runs do', async () => {
    const external = await given();
    const { platform, service } = external;
    service.stopsAtOnce = false;
    const ref = await start(external);
    const stopsAt = platform.now() + 2 * MINUTE_MS;

    const { left, reported } = await endAll(external, async () => {
      if (platform.now() >= stopsAt) service.end(service.only(), { result: 'stopped' });
    });

    expect(left).toEqual([]);
    expect(reported).toEqual(['waiting up to 10 min for 1 executions of other services to stop']);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled' });
  });

  it('stops although a request to do so is lost', async () => {
    const external = await given();
    const { platform, service } = external;
    await start(external);
    let lost = 0;

    const { left } = await endAll(external, async () => {
      if (lost === 0) lost = platform.sent.splice(0).length;
    });

    expect(lost).toBe(1);
    expect(left).toEqual([]);
    expect(service.stops).toHaveLength(1);
  });

  it('stops although its worker was lost before it stored the reference', async () => {
    const external = await given();
    const { platform, job, service } = external;
    const ref = await triggerJob(platform, job);
    const [message] = platform.sent.splice(0);
    const lost = withDb(
      platform,
      refusingDb(db, () => service.executions.size > 0),
    );
    await expect(processRunMessage(lost, execute, message ?? expect.fail())).rejects.toThrow();
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', reference: null });

    const { left } = await endAll(external);

    expect(left).toEqual([]);
    expect(service.stops).toHaveLength(1);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled' });
  });

  it.each([true, false])(
    'is named after ten minutes by its reference or name (start confirmed: %s)',
    async (isConfirmed) => {
      const external = await given();
      const { service } = external;
      service.stopsAtOnce = false;
      if (!isConfirmed) service.faults.push({ method: 'start', after: true });
      const ref = await start(external);
      service.before = async (method) => {
        if (method === 'find') throw new Error('find: service unavailable');
      };

      const { left, tookMs } = await endAll(external);

      const execution = isConfirmed ? service.only() : `${ref.ulid}-1 of the target order-flow`;
      expect(left).toEqual([`stateMachine ${execution}`]);
      expect(tookMs).toBeGreaterThan(10 * MINUTE_MS);
      expect(tookMs).toBeLessThan(11 * MINUTE_MS);
    },
  );
});

describe('an event', () => {
  it('yields to the state that the service describes', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await start(external);
    const reference = service.only();
    service.end(reference, { result: 'error', message: 'exit code 3' });
    const event = { ...service.executions.get(reference)?.end, result: 'ok' };

    await followExecution(platform, reference, event);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'failed', failure: { message: 'exit code 3' } });
  });

  it('has no effect if it is of another caller, or of another execution than that of the run', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await start(external);
    const request = service.executions.get(service.only())?.request;
    if (!request) throw new Error('no execution was started');
    const { reference: forged } = (await service.start({ ...request, token: 'another' })) as { reference: string };
    service.end(forged);

    await followExecution(platform, forged);
    await followExecution(platform, 'arn:aws:states:eu-central-1:1:execution:flow:none');

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running' });
  });

  it('has no effect on the next attempt, which started meanwhile', async () => {
    const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
    const external = await given({ retry });
    const { platform, service } = external;
    const ref = await start(external);
    const first = service.only();
    service.end(first, { result: 'error' });
    const secondAttempt = async () => {
      await followExecution(platform, first);
      platform.advance(2_000);
      for (const message of platform.sent.splice(0)) await processRunMessage(platform, execute, message);
      expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 2 });
    };
    const stalled = interruptBefore(platform, { command: 'TransactWriteItemsCommand' }, secondAttempt);

    await followExecution(stalled, first);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 2 });
  });

  it('leads to another decision if the run is canceled while its end is stored', async () => {
    const external = await given();
    const { platform, service } = external;
    const ref = await start(external);
    const reference = service.only();
    service.end(reference, { result: 'error' });
    const stalled = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, () =>
      cancelRun(platform, ref, 'ana@acme.test'),
    );

    await followExecution(stalled, reference);
    await work(platform);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled', failure: null });
  });
});

describe('a crash at any call to the store', () => {
  it.each([true, false])(
    'of the start leaves one execution, which is followed (answer lost: %s)',
    async (answerIsLost) => {
      let crashes = 0;
      for (let crashAtCall = 1; ; crashAtCall++) {
        const external = await given();
        const { platform, service } = external;
        const ref = await triggerJob(platform, external.job);
        const crashing = withDb(platform, faultyDb(db, { crashAtCall, answerIsLost }));
        const outcome = await work(platform, crashing).catch((error: unknown) => error);
        if (outcome === undefined) break;
        expect(outcome).toBeInstanceOf(Crash);
        crashes++;

        await sweep(external, 5);

        const reference = service.only();
        expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 1, lease: null, reference });
        service.end(reference);
        await followExecution(platform, reference);
        expect(await viewOf(platform, ref)).toMatchObject({ state: 'completed' });
      }
      expect(crashes).toBeGreaterThan(3);
    },
  );

  it.each([true, false])('of the end is repaired by sweeps (answer lost: %s)', async (answerIsLost) => {
    let crashes = 0;
    for (let crashAtCall = 1; ; crashAtCall++) {
      const external = await given({ overlapPolicy: 'queue' });
      const { platform, service } = external;
      const ref = await start(external);
      const next = await start(external);
      const reference = service.only();
      service.end(reference, { result: 'error' });
      const crashing = withDb(platform, faultyDb(db, { crashAtCall, answerIsLost }));
      const outcome = await followExecution(crashing, reference).catch((error: unknown) => error);
      const isCrash = outcome instanceof Crash;
      if (isCrash) crashes++;

      await work(platform);
      await sweep(external, 4);

      expect(await viewOf(platform, ref)).toMatchObject({ state: 'failed', attempt: 1 });
      expect(await viewOf(platform, next)).toMatchObject({ state: 'running', attempt: 1 });
      expect(service.executions.size).toBe(2);
      if (!isCrash) break;
    }
    expect(crashes).toBeGreaterThan(4);
  });

  it('leaves no execution and no active run behind if it happens in a cancel', async () => {
    for (let crashAtCall = 1; ; crashAtCall++) {
      const external = await given();
      const { platform, service } = external;
      const ref = await start(external);
      await cancelRun(platform, ref, 'ana@acme.test');
      const crashing = withDb(platform, faultyDb(db, { crashAtCall }));
      const before = platform.logged.length;
      const outcome = await work(platform, crashing).catch((error: unknown) => error);
      const isCrash =
        outcome !== undefined ||
        platform.logged.slice(before).some(({ message }) => message === 'execution.look_failed');

      await sweep(external, 3);

      const run = await requireRun(platform, ref);
      expect({ state: run.state, ended: isTerminal(run.state) }).toEqual({ state: 'canceled', ended: true });
      expect(service.stops.length).toBeGreaterThan(0);
      if (!isCrash) break;
    }
  });
});
