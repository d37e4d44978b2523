import { describe, expect, it } from 'vitest';
import { toCheckpointSummary } from '../../functions/api/pipelines/checkpoint-view.ts';
import type { Checkpoint } from '../../functions/core/domain/flow/checkpoint.ts';
import type { RunRef, RunWithFlow } from '../../functions/core/domain/run.ts';
import { isFlowRun } from '../../functions/core/domain/run.ts';
import { takeCheckpoint } from '../../functions/core/engine/flow/checkpoint/take-checkpoint.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { listCheckpoints, pinCheckpoint, putCheckpoint } from '../../functions/core/store/checkpoints.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, processRunMessages, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** Retention of checkpoints, and the display of abandoned ones. */

const db = memoryDb();
const refuse = async (): Promise<never> => {
  throw new Error('503 Slow Down');
};

async function aRunningFlow(keep: number) {
  const platform = testPlatform(db);
  connectOperators(platform, { sources: [replayableSource(4, 50)], sinks: [idempotentSink()] });
  platform.sliceMs = 0;
  const job = await givenFlow(platform, { checkpoints: { everySeconds: null, keep } });
  const ref = await startFlowRun(platform, job);
  await drainSlices(platform, platform, 3);
  return { platform, job, ref, run: await runOf(platform, ref) };
}

async function runOf({ db }: TestPlatform, ref: RunRef): Promise<RunWithFlow> {
  const run = await getRun(db, ref);
  if (!run || !isFlowRun(run)) throw new Error('the run does not exist');
  return run;
}

const epochs = async (ref: RunRef, state: Checkpoint['state']) =>
  (await listCheckpoints(db, ref)).filter((one) => one.state === state).map(({ epoch }) => epoch);

const stopRequest = (platform: TestPlatform, mode: 'checkpoint' | 'force') =>
  ({ mode, requestedAt: new Date(platform.now()).toISOString(), timeoutMs: 30_000 }) as const;

describe('takeCheckpoint', () => {
  it('keeps the newest and the pinned checkpoints, and at most as many failed ones', async () => {
    const { platform, ref, run } = await aRunningFlow(2);
    const broken = { ...platform, objects: { ...platform.objects, put: refuse, remove: refuse } };
    await takeCheckpoint(platform, run, 'request');
    await pinCheckpoint(db, ref, 1, true);

    for (let i = 0; i < 6; i++) await takeCheckpoint(broken, run, 'timer');
    const whileBroken = [await epochs(ref, 'completed'), await epochs(ref, 'failed')];
    for (let i = 0; i < 3; i++) await takeCheckpoint(platform, run, 'timer');

    expect(whileBroken).toEqual([[1], [7, 6]]);
    expect([await epochs(ref, 'completed'), await epochs(ref, 'failed')]).toEqual([[10, 9, 1], []]);
  });

  it('succeeds although older checkpoints cannot be removed', async () => {
    const { platform, ref, run } = await aRunningFlow(1);
    await takeCheckpoint(platform, run, 'request');

    const taken = await takeCheckpoint(
      { ...platform, objects: { ...platform.objects, remove: refuse } },
      run,
      'request',
    );

    expect(taken).toMatchObject({ epoch: 2, state: 'completed' });
    await takeCheckpoint(platform, run, 'request');
    expect(await epochs(ref, 'completed')).toEqual([3]);
  });

  it('keeps a checkpoint from which a restart is about to begin', async () => {
    const { platform, job, ref, run } = await aRunningFlow(1);
    await takeCheckpoint(platform, run, 'timer');
    await drainSlices(platform, platform, 1);
    await stopFlow(platform, ref, 'ana@acme.test', stopRequest(platform, 'force'));
    platform.advance(1_000);

    const next = await restartRun(platform, job, await runOf(platform, ref), { epoch: 1 });
    const again = restartRun(platform, job, await runOf(platform, ref), {});
    await expect(again).rejects.toMatchObject({ code: 'run.overlap' });
    await processRunMessages(platform);
    await drainSlices(platform);

    expect(await runOf(platform, next)).toMatchObject({ state: 'completed', flow: { restart: { epoch: 1 } } });
  });

  it('does not restore a checkpoint that was removed as old before it completed', async () => {
    const { platform, ref, run } = await aRunningFlow(1);
    let isFirst = true;
    const put: typeof platform.objects.put = async (...args) => {
      if (isFirst) {
        isFirst = false;
        for (let i = 0; i < 2; i++) await takeCheckpoint(platform, run, 'timer');
      }
      return platform.objects.put(...args);
    };

    await takeCheckpoint({ ...platform, objects: { ...platform.objects, put } }, run, 'request');

    expect((await listCheckpoints(db, ref)).map(({ epoch, state }) => ({ epoch, state }))).toEqual([
      { epoch: 3, state: 'completed' },
    ]);
  });

  it('leaves a checkpoint that is shown as failed if its worker was lost', async () => {
    const { platform, ref, run } = await aRunningFlow(5);
    const { tenant, jobId, incarnation, ulid } = ref;
    const left: Checkpoint = {
      run: { tenant, jobId, incarnation, ulid },
      epoch: 1,
      state: 'in_progress',
      cause: 'timer',
      startedAt: new Date(platform.now()).toISOString(),
      finishedAt: null,
      pinned: false,
      key: 'epoch_1.json',
      sizeBytes: 0,
      operators: [],
      message: null,
    };
    await putCheckpoint(db, run, left);

    expect(toCheckpointSummary(left, platform.now() + 60_000)).toMatchObject({ state: 'in_progress' });
    expect(toCheckpointSummary(left, platform.now() + 15 * 60_000)).toMatchObject({
      state: 'failed',
      finish_time: null,
    });
  });
});

describe('restartRun with an idempotency key', () => {
  it('returns the run of the first request for concurrent and later repeats', async () => {
    const { platform, job, ref } = await aRunningFlow(5);
    await stopFlow(platform, ref, 'ana@acme.test', stopRequest(platform, 'force'));
    const restart = async (key: string) => restartRun(platform, job, await runOf(platform, ref), { key });

    const [first, twin] = await Promise.all([restart('a'), restart('a')]);
    await expect(restart('b')).rejects.toMatchObject({ code: 'run.overlap' });
    const { length: before } = await listCheckpoints(db, ref);
    await processRunMessages(platform);
    await drainSlices(platform);
    const repeat = await restart('a');

    expect(first).toMatchObject({ trigger: 'restart', flow: { restart: { from: ref.ulid } } });
    expect([twin?.ulid, repeat.ulid]).toEqual([first?.ulid, first?.ulid]);
    expect(repeat.state).toBe('completed');
    expect(await listCheckpoints(db, ref)).toHaveLength(before);
    expect((await restart('b')).ulid).not.toBe(first?.ulid);
  });

  it('starts separate runs for different restarted runs and for a trigger with the same key', async () => {
    const { platform, job, ref } = await aRunningFlow(1);
    await drainSlices(platform);
    const restarted = await restartRun(platform, job, await runOf(platform, ref), { key: 'a' });
    await processRunMessages(platform);
    await drainSlices(platform);
    const again = await restartRun(platform, job, await runOf(platform, restarted), { key: 'a' });
    await processRunMessages(platform);
    await drainSlices(platform);
    const triggered = await triggerJob(platform, job, 'a');

    expect(new Set([ref.ulid, restarted.ulid, again.ulid, triggered.ulid]).size).toBe(4);
  });
});

it('accepts a repeated restart after the checkpoint of the ended run could not be stored', async () => {
  const { platform, job, ref } = await aRunningFlow(5);
  await stopFlow(platform, ref, 'ana@acme.test', stopRequest(platform, 'force'));
  const broken = { ...platform, objects: { ...platform.objects, put: refuse } };

  await expect(restartRun(broken, job, await runOf(platform, ref), {})).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'checkpoint.failed',
  });

  expect(await restartRun(platform, job, await runOf(platform, ref), {})).toMatchObject({ number: 2 });
});
