import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { publicRunId } from '../../functions/core/domain/run-id.ts';
import { NO_OPTIONS } from '../../functions/core/domain/run-input.ts';
import { ScriptRoleUnavailableError } from '../../functions/core/domain/script-role.ts';
import { SecretUnavailableError } from '../../functions/core/domain/secret.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { startDelayedRun } from '../../functions/core/engine/start/start-delayed.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { runTarget } from '../../functions/core/executors/targets/run-target.ts';
import { getTask } from '../../functions/core/store/tasks.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { startHttpServer } from '../helpers/fakes/http-server.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';
import { sweepExpiredLeases } from '../helpers/simulations/sweep-expired-leases.ts';

type Execute = Parameters<typeof processRunMessage>[1];

const db = memoryDb();
const succeeds: Execute = async () => anOutcome({});
const cannotReadSecrets: Execute = async () => {
  throw new SecretUnavailableError("secret 'token'", new Error('ThrottlingException'));
};

const cannotAssumeRole: Execute = async () => {
  throw new ScriptRoleUnavailableError('sync-orders', new Error('ThrottlingException'));
};
const mayNotAssumeRole: Execute = async () => {
  throw new ScriptRoleUnavailableError(
    'sync-orders',
    new Error('not authorized: arn:aws:iam::1:role/x'),
    'AccessDenied',
  );
};

/** A queued run with its message. */
async function given(overrides: Parameters<typeof givenJob>[1] = {}, limits = {}) {
  const platform = testPlatform(db, limits);
  const job = await givenJob(platform, { schedule: null, ...overrides });
  const ref = await triggerJob(platform, job);
  return { platform, job, ref };
}

/** Processes the next run message at its due time and returns its delay in milliseconds. */
async function next(platform: TestPlatform, execute: Execute): Promise<number> {
  const message = platform.sent.shift();
  if (!message) throw new Error('no message was sent');
  platform.advance(message.delayMs);
  await processRunMessage(platform, execute, message);
  return message.delayMs;
}

const viewOf = async (platform: TestPlatform, ref: RunRef) => {
  const { state, attempt, failure, startedAt, lease } = await requireRun(platform, ref);
  return { state, attempt, failure, startedAt, lease };
};

it('queues a run again without an attempt if the role of its script cannot be assumed', async () => {
  const { platform, ref } = await given();

  await next(platform, cannotAssumeRole);

  expect(await viewOf(platform, ref)).toMatchObject({ state: 'queued', attempt: 0, failure: null, lease: null });
  const reason = "the role of the script 'sync-orders' cannot be assumed now";
  expect(platform.logged).toContainEqual(
    expect.objectContaining({ message: 'run.deferred', fields: expect.objectContaining({ reason }) }),
  );
  await next(platform, succeeds);
  expect(await viewOf(platform, ref)).toMatchObject({ state: 'completed', attempt: 1 });
});

describe('a run whose target is not available', () => {
  const target = {
    type: 'event',
    target: 'bus',
    detailType: 'Order',
    source: 'jobdeck',
    payload: { order: 5 },
  } as const;
  let regions = 0;

  /** An event bus that is throttled until it is available. */
  async function givenBus() {
    // Clients are kept by region.
    const eventBus = `arn:aws:events:deferred-${++regions}:123456789012:event-bus/orders`;
    const calls: Execute = (execution) => runTarget(target, execution, { bus: { type: 'event', eventBus } });
    const service = { isAvailable: false, accepted: [] as string[], calls };
    const server = await startHttpServer((_, response) => {
      const { body = '' } = server.received.at(-1) ?? {};
      if (service.isAvailable) service.accepted.push(body);
      response.writeHead(service.isAvailable ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      const answer = service.isAvailable
        ? { FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] }
        : { __type: 'ThrottlingException', message: 'Rate exceeded' };
      response.end(JSON.stringify(answer));
    });
    onTestFinished(() => server.close());
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', server.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    return service;
  }

  it('returns to the queue without an attempt until the target is available, which is called once', async () => {
    const service = await givenBus();
    const { calls } = service;
    const { platform, ref } = await given({ target });

    await next(platform, calls);
    await next(platform, calls);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'queued', attempt: 0, failure: null, lease: null });
    service.isAvailable = true;
    await next(platform, calls);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'completed', attempt: 1 });
    expect(service.accepted).toHaveLength(1);
    expect(service.accepted[0]).toContain(publicRunId(ref));
  });

  it('fails after a day with the answer of the service', async () => {
    const { calls } = await givenBus();
    const { platform, ref } = await given({ target });
    await next(platform, calls);
    platform.advance(25 * 3_600_000);

    await next(platform, calls);

    const message = "the target 'bus' is not available now: ThrottlingException: Rate exceeded";
    expect(await viewOf(platform, ref)).toMatchObject({
      state: 'failed',
      attempt: 1,
      failure: { kind: 'error', message },
    });
  });
});

describe('a run whose script has a role that STS refuses', () => {
  it('returns to the queue while the role may be new', async () => {
    const { platform, ref } = await given();
    platform.advance(9 * 60_000);

    await next(platform, mayNotAssumeRole);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'queued', attempt: 0 });
    await next(platform, succeeds);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'completed', attempt: 1 });
  });

  it('fails with the reason after ten minutes', async () => {
    const { platform, ref } = await given();

    while (platform.sent.length > 0 && platform.now() < START + 20 * 60_000) await next(platform, mayNotAssumeRole);

    const message = "the role of the script 'sync-orders' cannot be assumed: STS answers AccessDenied";
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'failed', failure: { kind: 'error', message } });
    expect(platform.now()).toBeGreaterThan(START + 10 * 60_000);
  });

  it('waits up to a day if STS does not answer', async () => {
    const { platform, ref } = await given();
    platform.advance(23 * 3_600_000);

    await next(platform, cannotAssumeRole);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'queued', attempt: 0 });
  });
});

describe('a run whose secrets cannot be read', () => {
  it('returns to the queue without an attempt, and ends when they can be read', async () => {
    const { platform, ref } = await given();

    await next(platform, cannotReadSecrets);

    const waiting = { state: 'queued', attempt: 0, failure: null, startedAt: null, lease: null };
    expect(await viewOf(platform, ref)).toEqual(waiting);
    expect(platform.logged).toContainEqual(expect.objectContaining({ level: 'warn', message: 'run.deferred' }));
    await next(platform, succeeds);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'completed', attempt: 1 });
  });

  it('waits twice as long each time, up to five minutes', async () => {
    const { platform } = await given();
    await next(platform, cannotReadSecrets);

    const delays: number[] = [];
    for (let i = 0; i < 12; i++) delays.push(await next(platform, cannotReadSecrets));

    const bounded = delays.every((delay) => delay >= 3_750 && delay <= 300_000);
    expect({ delays, bounded }).toMatchObject({ bounded: true });
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(delays.at(-1)).toBe(262_500);
  });

  it('starts no earlier than its time', async () => {
    const { platform, ref } = await given();
    await next(platform, cannotReadSecrets);

    await processRunMessage(platform, succeeds, ref);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'queued', attempt: 0 });
  });

  it('waits as well if it was delayed for more than a day', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { schedule: null });
    const ref = await triggerJob(platform, job, undefined, { ...NO_OPTIONS, delay: { seconds: 2 * 86_400 } });
    platform.advance(2 * 86_400_000);
    await startDelayedRun(platform, ref);

    await next(platform, cannotReadSecrets);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'queued', attempt: 0, failure: null });
  });

  it('fails with the reason after a day', async () => {
    const { platform, ref } = await given();
    platform.advance(86_400_001);

    await next(platform, cannotReadSecrets);

    const message = "secret 'token' is not available now; try again later";
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'failed', failure: { kind: 'error', message } });
  });

  it('leaves its slot to another run of the tenant', async () => {
    const { platform, job } = await given({ overlapPolicy: 'allow' }, { concurrentRuns: 1 });
    const other = await triggerJob(platform, job);
    const [first] = platform.sent.splice(0);
    if (!first) throw new Error('a message was sent');
    expect((await requireRun(platform, other)).waiting).toBe('limit');

    await processRunMessage(platform, cannotReadSecrets, first);

    expect((await requireRun(platform, other)).waiting).toBeNull();
    expect(platform.sent.map(({ ulid }) => ulid)).toContain(other.ulid);
  });

  it('ends as canceled if a request arrives while it is claimed', async () => {
    const { platform, ref } = await given();
    const [message] = platform.sent.splice(0);
    if (!message) throw new Error('a message was sent');

    await processRunMessage(
      platform,
      async (execution) => {
        await cancelRun(platform, ref, 'ana');
        return cannotReadSecrets(execution);
      },
      message,
    );

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'canceled' });
  });

  it('ignores a worker that has lost its lease', async () => {
    const { platform, ref } = await given({
      retry: { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 },
    });
    const [message] = platform.sent.splice(0);
    if (!message) throw new Error('a message was sent');

    const [claimed, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const zombie = processRunMessage(
      platform,
      async (execution) => {
        claimed.resolve();
        await released.promise;
        return cannotReadSecrets(execution);
      },
      message,
    );
    await claimed.promise;
    platform.advance(120_000);
    await sweepExpiredLeases(platform, ref.tenant);

    await next(platform, async () => {
      released.resolve();
      await zombie;
      return anOutcome({});
    });

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'completed', attempt: 2 });
  });
});

describe('a flow whose secrets cannot be read', () => {
  const unreadable = async () => {
    throw new SecretUnavailableError("secret 'token'", new Error('ThrottlingException'));
  };
  const connect = (platform: TestPlatform) =>
    connectOperators(platform, { sources: [replayableSource(1, 3)], sinks: [idempotentSink()] });

  async function givenFlowRun() {
    const platform = testPlatform(db);
    const ref = await triggerJob(platform, await givenFlow(platform));
    return { platform, ref };
  }

  it('returns to the queue before its planning, without an attempt', async () => {
    const { platform, ref } = await givenFlowRun();
    platform.open = unreadable;

    await next(platform, succeeds);

    expect(await viewOf(platform, ref)).toMatchObject({ state: 'queued', attempt: 0, failure: null });
    connect(platform);
    await next(platform, succeeds);
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'running', attempt: 1 });
  });

  it('continues its slices later without a failure', async () => {
    const { platform, ref } = await givenFlowRun();
    connect(platform);
    await next(platform, succeeds);
    const [slice] = platform.slices.splice(0);
    if (!slice) throw new Error('a slice was sent');
    platform.open = unreadable;

    await runSlice(platform, { v: 1, ...slice });

    expect(await getTask(db, ref, slice.task)).toMatchObject({
      state: 'active',
      failures: 0,
      failure: null,
      lease: null,
    });
    const [later] = platform.slices.splice(0);
    expect(later).toMatchObject({ delayMs: 30_000, slice: slice.slice + 1 });
    platform.advance(30_000);
    connect(platform);
    await runSlice(platform, { v: 1, ...(later ?? slice) });
    expect(await viewOf(platform, ref)).toMatchObject({ state: 'completed' });
  });
});
