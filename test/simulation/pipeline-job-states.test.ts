import { expect, it } from 'vitest';
import { createSurfaceHandler } from '../../functions/api/http/surface-handler.ts';
import { pipelinesErrors } from '../../functions/api/pipelines/errors.ts';
import type { JobSummaryView, JobView } from '../../functions/api/pipelines/job-view.ts';
import { getJob, listJobs } from '../../functions/api/pipelines/jobs.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { publicRunId } from '../../functions/core/domain/run-id.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { FlowFailure } from '../../functions/core/executors/flow/flow-failure.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { invokeHandler } from '../helpers/clients/handler.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, processRunMessages } from '../helpers/simulations/process-messages.ts';

const db = memoryDb();

/** Reads a job's state over HTTP and asserts that the job and the list of jobs agree. */
function watching(platform: TestPlatform, { tenant }: Job) {
  const handler = createSurfaceHandler({
    routes: [getJob, listJobs],
    dependencies: () => platform,
    errors: pipelinesErrors,
    verify: async () => ({ tenant, roles: ['MEMBER'], name: 'ana@acme.test' }),
    log: platform.log,
  });
  const headers = { authorization: 'Bearer a.b.c' };
  return async (ref: RunRef) => {
    const params = { job_id: publicRunId(ref) };
    const one = await invokeHandler(handler, { routeKey: 'GET /api/v1/jobs/{job_id}', params, headers });
    const { state, running_desired, tasks } = one.body as JobView;
    const query = { state };
    const list = await invokeHandler(handler, { routeKey: 'GET /api/v1/jobs', query, headers });
    const { data } = list.body as { readonly data: readonly JobSummaryView[] };
    expect(data.filter(({ id }) => id === params.job_id)).toMatchObject([{ state, running_desired, tasks }]);
    return state;
  };
}

/** A gate at which code waits until the test opens it. */
function gates() {
  const [reached, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const pass = async () => {
    reached.resolve();
    await open.promise;
  };
  return { pass, reached: reached.promise, open: () => open.resolve() };
}

it('reports every state of a pipeline job', async () => {
  const platform = testPlatform(db);
  platform.sliceMs = 0;
  const [source, sink] = [replayableSource(4, 20), idempotentSink()];
  const planning = gates();
  let atSink: ReturnType<typeof gates> | undefined;
  let isDown = false;
  const planned = {
    ...source,
    plan: async (signal: AbortSignal) => {
      await planning.pass();
      return source.plan(signal);
    },
  };
  const moody = {
    ...sink,
    write: async (...page: Parameters<typeof sink.write>) => {
      if (isDown) throw new FlowFailure('HTTP 503 from https://erp.example', { permanent: false });
      await atSink?.pass();
      return sink.write(...page);
    },
  };
  connectOperators(platform, { sources: [planned], sinks: [moody] });
  const job = await givenFlow(platform, { parallelism: 1 });
  const stateOf = watching(platform, job);
  const seen: string[] = [];

  // The job is created, planned and running.
  const ref = await triggerJob(platform, job);
  seen.push(await stateOf(ref));
  const plan = processRunMessages(platform);
  await planning.reached;
  seen.push(await stateOf(ref));
  planning.open();
  await plan;
  seen.push(await stateOf(ref));

  // The sink fails for a while.
  isDown = true;
  await drainSlices(platform, platform, 1);
  seen.push(await stateOf(ref));
  isDown = false;
  await drainSlices(platform, platform, 1);
  seen.push(await stateOf(ref));

  // The job is stopped with a staged page.
  atSink = gates();
  const [message] = platform.slices.splice(0);
  if (!message) throw new Error('no slice was sent');
  const slice = runSlice(platform, { v: 1, ...message });
  await atSink.reached;
  const requestedAt = new Date(platform.now()).toISOString();
  await stopFlow(platform, ref, 'ana@acme.test', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });
  seen.push(await stateOf(ref));
  atSink.open();
  await slice;
  await drainSlices(platform);
  seen.push(await stateOf(ref));

  // The job is restarted with another parallelism, then with the same one.
  let last = ref;
  for (const parallelism of [4, 4]) {
    const before = await getRun(db, last);
    if (!before) throw new Error('the run does not exist');
    last = await restartRun(platform, job, before, { parallelism });
    seen.push(await stateOf(last));
    const opening = gates();
    const { open } = platform;
    platform.open = async (...flow) => {
      await opening.pass();
      return open(...flow);
    };
    const replan = processRunMessages(platform);
    await opening.reached;
    seen.push(await stateOf(last));
    opening.open();
    await replan;
    platform.open = open;
    seen.push(await stateOf(last));
    await drainSlices(platform);
    seen.push(await stateOf(last));
  }

  expect(seen.join(' ')).toEqual(
    [
      'Created Scheduling Running Recovering Running Stopping Stopped',
      'Created Rescaling Running Finished',
      'Created Scheduling Running Finished',
    ].join(' '),
  );
});
