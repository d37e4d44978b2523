import { rmSync } from 'node:fs';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { startSlack } from '../fakes/slack.ts';
import { buildAssemblyWithTestScripts } from './assembly.ts';
import { startTestSystem, type TestSystem } from './test-system.ts';
import { onWorkerEnd } from './worker-end.ts';

/** The token that the system's Slack accepts. Its channel is `#alerts`. */
export const SLACK_TOKEN = 'xoxb-hunter2-hunter2';

let shared: Promise<TestSystem> | undefined;

/**
 * Returns the local system that the test files of one worker process share, and starts it for the first of them. Its
 * functions stay warm, which takes less time than the tests of most files. It has the scripts of `test/helpers/scripts`.
 *
 * Each test uses a tenant of its own (`freshTenant`) and reads the time from `clock`, which earlier files may have moved
 * by minutes. A file that moves the clock by more than 10 minutes, stops functions at random, sets variables or damages a
 * table starts its own system (`startTestSystem`): a jump changes the schedules, leases and stored runs of all files.
 *
 * `logs` of the returned system starts with the call. `stop()` ends the use by one file: it rejects if a function made a
 * call that its IAM role denies. The system itself ends with the process.
 */
export async function shareTestSystem(): Promise<TestSystem> {
  shared ??= startShared();
  const system = await shared;
  const firstEntry = system.logs.length;
  return {
    ...system,
    get logs() {
      return system.logs.slice(firstEntry);
    },
    stop: async () => system.assertPermitted(firstEntry),
  };
}

async function startShared(): Promise<TestSystem> {
  const [assembly, slack] = await Promise.all([buildAssemblyWithTestScripts(), startSlack(SLACK_TOKEN, ['#alerts'])]);
  const system = await startTestSystem({ assembly, env: () => ({ [Env.slackApiUrl]: slack.url }) });
  // The services are children and threads of the worker, and end with it.
  onWorkerEnd(() => rmSync(system.dataDir, { recursive: true, force: true }));
  return system;
}
