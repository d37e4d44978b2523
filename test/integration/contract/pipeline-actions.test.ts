import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publicCheckpointId } from '../../../functions/api/pipelines/checkpoint-id.ts';
import type { Checkpoint } from '../../../functions/core/domain/flow/checkpoint.ts';
import type { Run, RunRef } from '../../../functions/core/domain/run.ts';
import { parseRunId, publicRunId } from '../../../functions/core/domain/run-id.ts';
import { putCheckpoint } from '../../../functions/core/store/checkpoints.ts';
import type { Db } from '../../../functions/core/store/db.ts';
import { createJob } from '../../../functions/core/store/jobs.ts';
import { checkpointObjectKey } from '../../../functions/core/store/keys.ts';
import { getRun, putRun } from '../../../functions/core/store/runs.ts';
import { putTasks } from '../../../functions/core/store/tasks.ts';
import { aFlowJob, aFlowRun, aTask } from '../../helpers/builders/flow-rows.ts';
import {
  type CheckpointBody,
  type Page,
  pacedFlow,
  pipelineError,
  pipelinesClient,
} from '../../helpers/clients/pipelines.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';

let system: TestSystem;
let db: Db;
let close: () => void;
beforeAll(async () => {
  system = await shareTestSystem();
  ({ db, close } = systemDb(system));
});
afterAll(async () => {
  close?.();
  await system?.stop();
});

/** A job that ends immediately. */
const short = {
  sources: [{ id: 'source_1', type: 'inline', records: [{ id: 1 }] }],
  sinks: [{ id: 'sink_1', type: 'preview' }],
};

async function given(tenant = freshTenant()) {
  return { tenant, ...pipelinesClient(await system.as(tenant, ['OWNER'], 'ana@acme.test')) };
}

/** Creates a job that ended without processing anything. */
async function anEndedJob(tenant: string, id: string, changes: Partial<Run> = {}) {
  const flow = aFlowJob({ tenant: tenantId(tenant), id });
  await createJob(db, flow);
  const now = system.clock.now();
  const at = new Date(now).toISOString();
  const run = aFlowRun(flow, now, { state: 'canceled', startedAt: at, finishedAt: at, ...changes, flow: {} });
  await putRun(db, run);
  return run;
}

/** Creates a running job whose worker does not answer: only the mode `force` ends it. */
async function aHeldJob(tenant: string, id: string): Promise<RunRef> {
  const plan = { attempt: 1, tasks: 1 };
  const flow = aFlowJob({ tenant: tenantId(tenant), id });
  await createJob(db, flow);
  const now = system.clock.now();
  const run = aFlowRun(flow, now, {
    state: 'running',
    attempt: 1,
    startedAt: new Date(now).toISOString(),
    attemptStartedAt: new Date(now).toISOString(),
    flow: { plan },
  });
  await putRun(db, run);
  const lease = { token: 'held', until: new Date(now + 24 * 3_600_000).toISOString() };
  await putTasks(db, [aTask(run, now, { lease })], plan.attempt);
  return run;
}

/** Creates the row of a checkpoint. */
async function aCheckpoint(owner: Run, epoch: number, changes: Partial<Checkpoint> = {}) {
  const { tenant, jobId, incarnation, ulid } = owner;
  const run = { tenant, jobId, incarnation, ulid };
  const checkpoint: Checkpoint = {
    run,
    epoch,
    state: 'completed',
    cause: 'timer',
    startedAt: '2024-01-01T00:00:00.000Z',
    finishedAt: '2024-01-01T00:00:05.000Z',
    pinned: false,
    key: checkpointObjectKey(run, epoch),
    sizeBytes: 1_048_576,
    operators: [{ operator: 'source_1', name: 'KafkaSource', size: 524_288, subtasks: [{ task: 0, size: 131_072 }] }],
    message: null,
    ...changes,
  };
  await putCheckpoint(db, owner, checkpoint);
  return publicCheckpointId(run, epoch);
}

test('stops a job with a checkpoint and restarts it with another parallelism', async () => {
  const { api, define, start, reaches, of } = await given();
  await define('numbers', pacedFlow(200));
  const id = await start('numbers');
  await reaches(id, 'Running', ({ metrics }) => metrics.records_out > 0);

  const taken = await api.post<CheckpointBody>(`/api/v1/jobs/${id}/checkpoints`);
  const asked = system.clock.now();
  const stop = await api.post<{ expected_finish_time: number }>(`/api/v1/jobs/${id}/stop`, {
    mode: 'checkpoint',
    timeout_seconds: 30,
  });
  const stopped = await reaches(id, 'Stopped');

  expect(taken.status).toBe(201);
  expect(taken.headers.get('location')).toBe(`/api/v1/jobs/${id}/checkpoints/chk_1_${id}`);
  expect(taken.body).toEqual({
    id: `chk_1_${id}`,
    job_id: id,
    epoch: 1,
    start_time: expect.any(Number),
    finish_time: expect.any(Number),
    state: 'completed',
    size_bytes: expect.any(Number),
    cause: 'request',
    pinned: false,
    backend: 's3',
    location: expect.stringMatching(/^s3:\/\/[a-z0-9-]+\/runs\/.+\/checkpoints\/epoch_1\.json$/),
    operator_states: [
      {
        operator_id: 'source_1',
        operator_name: 'Numbers',
        state_size: expect.any(Number),
        subtask_states: [{ subtask_index: 0, state_size: taken.body.operator_states[0]?.state_size }],
      },
      {
        operator_id: 'sink_1',
        operator_name: 'sink_1',
        state_size: 0,
        subtask_states: [{ subtask_index: 0, state_size: 0 }],
      },
    ],
  });
  expect(taken.body.size_bytes).toBeGreaterThan(taken.body.operator_states[0]?.state_size ?? Number.NaN);
  expect(taken.body.finish_time).toBeGreaterThanOrEqual(taken.body.start_time);
  expect(stop).toMatchObject({
    status: 200,
    body: { message: 'Job stop initiated', expected_finish_time: expect.any(Number) },
  });
  expect(stop.body.expected_finish_time - asked).toBeGreaterThanOrEqual(30_000);
  expect(stopped).toMatchObject({ running_desired: false, failure_message: null, finish_time: expect.any(Number) });
  const { data, has_more } = await of<Page<CheckpointBody>>(id, 'checkpoints');
  expect(has_more).toBe(false);
  expect(data.map(({ epoch, cause }) => [epoch, cause])).toEqual([
    [2, 'stop'],
    [1, 'request'],
  ]);

  const restart = await api.post<{ new_job_id: string }>(`/api/v1/jobs/${id}/restart`, {
    checkpoint_id: data[0]?.id,
    parallelism: 4,
  });
  const next = restart.body.new_job_id;
  const going = await reaches(next, 'Running', ({ metrics }) => metrics.records_out > 0);

  expect(restart).toMatchObject({ status: 200, body: { message: 'Job restarted', new_job_id: next } });
  expect(next).not.toBe(id);
  expect(restart.headers.get('location')).toBe(`/api/v1/jobs/${next}`);
  expect(going).toMatchObject({
    pipeline_id: 'numbers',
    run_id: 2,
    tasks: 4,
    parallelism: 4,
    restarted_from: id,
    checkpoint_id: `chk_2_${id}`,
  });
  expect(await api.post(`/api/v1/jobs/${next}/restart`)).toMatchObject(
    pipelineError(409, 'run.active', 'Cannot restart a job that has not ended'),
  );
  await api.post(`/api/v1/jobs/${next}/stop`, { mode: 'force' });
  await reaches(next, 'Stopped');
});

describe('stop', () => {
  test('escalates when it is repeated, and never de-escalates', async () => {
    const { tenant, api } = await given();
    const run = await aHeldJob(tenant, 'slow');
    const id = publicRunId(run);
    const stop = async (body?: object) => {
      const answer = await api.post<{ expected_finish_time: number }>(`/api/v1/jobs/${id}/stop`, body);
      expect(answer).toMatchObject({ status: 200, body: { message: 'Job stop initiated' } });
      return answer.body.expected_finish_time;
    };

    const first = await stop({ mode: 'immediate', timeout_seconds: 3_600 });
    const gentler = await stop({ mode: 'checkpoint', timeout_seconds: 1 });
    const sooner = await stop({ mode: 'immediate', timeout_seconds: 600 });
    const later = await stop({ mode: 'immediate', timeout_seconds: 601 });
    const forced = await stop({ mode: 'force' });
    const stopped = await getRun(db, run);
    const finishedAt = Date.parse(stopped?.finishedAt ?? '');

    expect(stopped).toMatchObject({ state: 'canceled' });
    expect(gentler).toBe(first);
    expect(sooner).toBeLessThan(first);
    expect(later).toBe(sooner);
    expect(forced).toBe(finishedAt);
    expect(await api.post(`/api/v1/jobs/${id}/stop`)).toMatchObject(
      pipelineError(409, 'job.ended', `Cannot stop the job: it was stopped at ${iso(finishedAt)}`),
    );
  });

  test('takes a checkpoint within 30 s by default, and cancels a job that has not started', async () => {
    const { tenant, api, job } = await given();
    const queued = { state: 'queued', startedAt: null, finishedAt: null, waiting: 'limit' } as const;
    const id = publicRunId(await anEndedJob(tenant, 'waiting', queued));

    const { status, body } = await api.post(`/api/v1/jobs/${id}/stop`);

    const stopped = await job(id);
    expect(stopped).toMatchObject({ state: 'Stopped', start_time: null, tasks: 0 });
    expect({ status, body }).toEqual({
      status: 200,
      body: { message: 'Job stop initiated', expected_finish_time: stopped.finish_time },
    });
  });

  test('refuses unknown input, and jobs that are unknown or ended', async () => {
    const { tenant, api } = await given();
    const id = publicRunId(await anEndedJob(tenant, 'ended'));
    const stop = (body: object, job = id) => api.post(`/api/v1/jobs/${job}/stop`, body);
    const invalid = (message: string) => pipelineError(400, 'input.invalid', message);

    expect(await stop({ mode: 'soft' })).toMatchObject(
      invalid('mode: must be checkpoint or immediate or force, got "soft"'),
    );
    expect(await stop({ timeout_seconds: 0 })).toMatchObject(invalid('timeout_seconds: must be 1–3600, got 0'));
    expect(await stop({ timeout_seconds: 3_601 })).toMatchObject(invalid('timeout_seconds: must be 1–3600, got 3601'));
    expect(await stop({ timeoutSeconds: 5 })).toMatchObject(
      invalid("body: unknown field 'timeoutSeconds'; did you mean 'timeout_seconds'?"),
    );
    expect(await stop({})).toMatchObject({ status: 409, body: { error: { code: 'job.ended' } } });
    for (const nowhere of ['job_9876543210', id.slice(0, -1), `${id.slice(0, -1)}Z`]) {
      expect(await stop({}, nowhere)).toMatchObject(pipelineError(404, 'job.not_found', 'Job not found'));
    }
    const member = await system.as(tenant, ['MEMBER']);
    expect(await member.post(`/api/v1/jobs/${id}/stop`)).toMatchObject({ status: 403 });
    expect(await member.post(`/api/v1/jobs/${id}/restart`)).toMatchObject({ status: 403 });
  });
});

describe('restart', () => {
  test('starts from the beginning without a checkpoint', async () => {
    const { api, define, start, reaches } = await given();
    await define('short', short);
    const id = await start('short');
    await reaches(id, 'Finished');

    const { body } = await api.post<{ new_job_id: string }>(`/api/v1/jobs/${id}/restart`);

    expect(await reaches(body.new_job_id, 'Finished')).toMatchObject({
      restarted_from: id,
      checkpoint_id: null,
      metrics: { records_in: 1, records_out: 1 },
    });
  });

  test('answers a repeat of its Idempotency-Key with the job that the first request started', async () => {
    const { api, define, start, reaches } = await given();
    await define('short', short);
    const id = await start('short');
    await reaches(id, 'Finished');
    const restart = (key: string) =>
      api.post<{ new_job_id: string }>(`/api/v1/jobs/${id}/restart`, {}, { 'idempotency-key': key });

    const first = await restart('order-4711');
    await reaches(first.body.new_job_id, 'Finished');

    expect(await restart('order-4711')).toMatchObject({ status: 200, body: first.body });
    expect((await restart('order-4712')).body.new_job_id).not.toBe(first.body.new_job_id);
    expect(await restart(' ')).toMatchObject({ status: 400 });
  });

  test('requires a usable checkpoint', async () => {
    const { tenant, api, define, start, reaches } = await given();
    await define('short', short);
    const id = await start('short');
    await reaches(id, 'Finished');
    const other = await anEndedJob(tenant, 'other');
    const run = (await getRun(db, parseRunId(tenantId(tenant), id) as RunRef)) as Run;
    const restart = (body: object) => api.post(`/api/v1/jobs/${id}/restart`, body);
    const [failed, others] = [
      await aCheckpoint(run, 1, { state: 'failed', operators: [], sizeBytes: 0, message: 'Error: 503' }),
      await aCheckpoint(other, 1),
    ];

    expect(await restart({ checkpoint_id: failed })).toMatchObject(
      pipelineError(422, 'checkpoint.unusable', 'The checkpoint was not completed'),
    );
    expect(await restart({ checkpoint_id: others })).toMatchObject(
      pipelineError(409, 'checkpoint.other_job', `The checkpoint belongs to another job: ${publicRunId(other)}`),
    );
    for (const nowhere of [`chk_2_${id}`, 'chk_123456', `chk_9_${publicRunId(other)}`]) {
      expect(await restart({ checkpoint_id: nowhere })).toMatchObject(
        pipelineError(404, 'checkpoint.not_found', 'Checkpoint not found'),
      );
    }
    expect(await restart({ parallelism: 65 })).toMatchObject(
      pipelineError(400, 'input.invalid', 'parallelism: must be 1–64, got 65'),
    );
    expect(await restart({ checkpoint_id: 5 })).toMatchObject(
      pipelineError(400, 'input.invalid', 'checkpoint_id: must be the id of a checkpoint'),
    );
    const sources = [{ ...short.sources[0], records: [{ id: 2 }] }];
    await api.patch('/api/v1/pipelines/short', { flow: { ...short, sources } });
    expect(await restart({})).toMatchObject({ status: 409, body: { error: { code: 'flow.changed' } } });
    await api.patch('/api/v1/pipelines/short', { flow: short, enabled: false });
    expect(await restart({})).toMatchObject({ status: 409, body: { error: { code: 'job.disabled' } } });
  });
});

describe('checkpoints', () => {
  test('equal the contract’s example', async () => {
    const { tenant, of } = await given();
    const run = await anEndedJob(tenant, 'pipe_1234567890');
    const [id, checkpointId] = [publicRunId(run), await aCheckpoint(run, 10)];
    const listed = {
      id: checkpointId,
      job_id: id,
      epoch: 10,
      start_time: 1704067200000,
      finish_time: 1704067205000,
      state: 'completed',
      size_bytes: 1048576,
      cause: 'timer',
      pinned: false,
      operator_states: [{ operator_id: 'source_1', state_size: 524288 }],
    };

    expect(await of(id, 'checkpoints')).toEqual({ data: [listed], has_more: false });
    expect(await of(id, `checkpoints/${checkpointId}`)).toEqual({
      ...listed,
      backend: 's3',
      location: `s3://${system.bucketName('files')}/runs/${tenant}/${run.jobId}/${run.incarnation}/${run.ulid}/checkpoints/epoch_10.json`,
      operator_states: [
        {
          operator_id: 'source_1',
          operator_name: 'KafkaSource',
          state_size: 524288,
          subtask_states: [{ subtask_index: 0, state_size: 131072 }],
        },
      ],
    });
  });

  test('list newest first, in pages, filtered by completion', async () => {
    const { tenant, api, of } = await given();
    const run = await anEndedJob(tenant, 'many');
    const id = publicRunId(run);
    const startedAt = iso(system.clock.now());
    for (const epoch of [1, 2, 3, 4]) {
      await aCheckpoint(
        run,
        epoch,
        epoch === 2 ? { state: 'failed' } : epoch === 4 ? { ...inProgress, startedAt } : {},
      );
    }
    const epochs = async (query: string) => {
      const { data, has_more } = await of<Page<CheckpointBody>>(id, `checkpoints${query}`);
      return [...data.map(({ epoch }) => epoch), has_more];
    };

    expect(await epochs('')).toEqual([4, 3, 2, 1, false]);
    expect(await epochs('?limit=2')).toEqual([4, 3, true]);
    expect(await epochs('?limit=2&offset=2')).toEqual([2, 1, false]);
    expect(await epochs('?offset=4')).toEqual([false]);
    expect(await epochs('?completed=true')).toEqual([3, 1, false]);
    expect(await epochs('?completed=false&limit=1')).toEqual([4, true]);
    const running = await of<CheckpointBody>(id, `checkpoints/chk_4_${id}`);
    expect(running).toMatchObject({ state: 'in_progress', finish_time: null, operator_states: [] });
    for (const query of ['limit=0', 'limit=101', 'offset=-1', 'completed=yes', 'page=2']) {
      expect(await api.get(`/api/v1/jobs/${id}/checkpoints?${query}`)).toMatchObject({ status: 400 });
    }
  });

  test('can be pinned and unpinned', async () => {
    const { tenant, api, of } = await given();
    const run = await anEndedJob(tenant, 'pinned');
    const id = publicRunId(run);
    const path = `/api/v1/jobs/${id}/checkpoints/${await aCheckpoint(run, 1)}`;

    expect(await api.patch(path, { pinned: true })).toMatchObject({ status: 200, body: { epoch: 1, pinned: true } });
    expect((await of<Page<CheckpointBody>>(id, 'checkpoints')).data).toMatchObject([{ pinned: true }]);
    expect(await api.patch(path, { pinned: false })).toMatchObject({ status: 200, body: { pinned: false } });
    expect(await api.patch(path, {})).toMatchObject(
      pipelineError(400, 'input.invalid', 'pinned: is required (true or false)'),
    );
    expect(await (await system.as(tenant, ['MEMBER'])).patch(path, { pinned: true })).toMatchObject({ status: 403 });
  });

  test('belong to the job in the path: 409 for another job’s, 404 for an unknown one', async () => {
    const { tenant, api } = await given();
    const [run, other] = [await anEndedJob(tenant, 'one'), await anEndedJob(tenant, 'other')];
    const theirs = await anEndedJob(freshTenant(), 'one', {});
    const others = await aCheckpoint(other, 1);
    const path = (checkpoint: string) => `/api/v1/jobs/${publicRunId(run)}/checkpoints/${checkpoint}`;
    const conflict = pipelineError(
      409,
      'checkpoint.other_job',
      `The checkpoint belongs to another job: ${publicRunId(other)}`,
    );
    const nothing = pipelineError(404, 'checkpoint.not_found', 'Checkpoint not found');

    expect(await api.get(path(others))).toMatchObject(conflict);
    expect(await api.patch(path(others), { pinned: true })).toMatchObject(conflict);
    for (const none of [
      `chk_1_${publicRunId(run)}`,
      `chk_2_${publicRunId(other)}`,
      await aCheckpoint(theirs, 1),
      'chk_123456',
      'chk_0_x',
      '1',
    ]) {
      expect(await api.get(path(none))).toMatchObject(nothing);
      expect(await api.patch(path(none), { pinned: true })).toMatchObject(nothing);
    }
  });

  test('can be taken of running jobs only', async () => {
    const { tenant, api } = await given();
    const id = publicRunId(await anEndedJob(tenant, 'ended'));

    expect(await api.post(`/api/v1/jobs/${id}/checkpoints`)).toMatchObject(
      pipelineError(409, 'job.not_running', 'Cannot take a checkpoint of a job that is not running'),
    );
  });
});

const inProgress = { state: 'in_progress', finishedAt: null, operators: [], sizeBytes: 0 } as const;
const iso = (time: number | null) => new Date(time ?? Number.NaN).toISOString();
