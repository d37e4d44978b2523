import { ECSClient } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeclaredContainer } from '../../../../../functions/core/domain/targets/container-target.ts';
import {
  describeTask,
  findTask,
  readTaskEvent,
  startTask,
  stopTask,
} from '../../../../../functions/core/executors/external/ecs.ts';
import { startEcs } from '../../../../../lib/local/ecs/service.ts';
import { acme } from '../../../../helpers/builders/executions.ts';
import { waitForAssertion } from '../../../../helpers/wait.ts';

const declared: DeclaredContainer = {
  type: 'container',
  cluster: 'arn:aws:ecs:us-east-1:000000000000:cluster/jobs',
  taskDefinition: 'arn:aws:ecs:us-east-1:000000000000:task-definition/etl:1',
  subnets: ['subnet-1'],
  localCommand: ['node', '-e'],
};
const PRINT = 'console.log(process.env.JOBDECK_PAYLOAD, process.env.MODE); process.exit(3)';
const WAIT = 'setInterval(() => {}, 1000)';

let stopped: string[];
let events: object[];
let ecs: Awaited<ReturnType<typeof startEcs>>;
let client: ECSClient;

beforeEach(async () => {
  stopped = [];
  events = [];
  const options = {
    cwd: process.cwd(),
    now: Date.now,
    onStopped: async (taskArn: string, event: object) => {
      stopped.push(taskArn);
      events.push(event);
    },
    log: () => {},
  };
  ecs = await startEcs({
    ...options,
    containers: { etl: declared, report: { ...declared, localCommand: ['node', '-p'] } },
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new ECSClient({ endpoint: ecs.url, region: 'us-east-1', credentials });
});
afterEach(() => ecs.stop());

const run = (script: string, token = 'token-1', target = 'etl') =>
  startTask(client, declared, {
    target: { type: 'container', target, command: [script], env: { MODE: 'full' }, payload: null },
    tenant: acme,
    runId: 'etl.k3f9zz.01JNXA3V5T9YV0Q2Z6W8M4R7B1',
    jobId: 'etl',
    attempt: 1,
    scheduledAt: null,
    payload: { day: 1 },
    token,
  });

const referenceOf = (start: Awaited<ReturnType<typeof run>>): string => {
  if ('refused' in start) throw new Error(start.refused);
  return start.reference;
};

it('runs the local command, with the command of the job as its arguments, and reports its end, exit code and output', async () => {
  const reference = referenceOf(await run(PRINT));

  await waitForAssertion(() => expect(stopped).toEqual([reference]));

  const log = await fetch(`${ecs.url}/logs?task=${encodeURIComponent(reference)}`);
  expect(await describeTask(client, reference)).toMatchObject({
    status: 'ended',
    result: 'error',
    exitCode: 3,
    message: 'exit code 3',
    origin: { tenant: 'acme', runId: 'etl.k3f9zz.01JNXA3V5T9YV0Q2Z6W8M4R7B1', attempt: 1 },
  });
  expect(await log.text()).toBe('{"day":1} full');
  expect(readTaskEvent(JSON.parse(JSON.stringify(events[0])), reference)).toEqual(
    await describeTask(client, reference),
  );
});

it('runs the command of the named container, if others have the same task definition', async () => {
  const reference = referenceOf(await run('6 * 7', 'token-1', 'report'));

  await waitForAssertion(() => expect(stopped).toEqual([reference]));

  const log = await fetch(`${ecs.url}/logs?task=${encodeURIComponent(reference)}`);
  expect(await log.text()).toBe('42');
});

it('starts one process for a token, which is found by it', async () => {
  const first = referenceOf(await run(WAIT));
  const second = referenceOf(await run(WAIT));

  expect(second).toBe(first);
  expect(await findTask(client, declared, 'token-1')).toBe(first);
  expect(await findTask(client, declared, 'token-2')).toBeUndefined();
  expect(await describeTask(client, first)).toMatchObject({ status: 'active' });
});

it('refuses a command that cannot be a process', async () => {
  expect(await run('a\0b')).toEqual({ refused: expect.stringMatching(/^ClientException: .*null bytes/), final: false });
});

it('kills the process of a task that is stopped', async () => {
  const reference = referenceOf(await run(WAIT));

  await stopTask(client, reference, 'canceled by ana@acme.test');

  await waitForAssertion(() => expect(stopped).toEqual([reference]));
  expect(await describeTask(client, reference)).toMatchObject({
    status: 'ended',
    result: 'stopped',
    message: 'stopped: canceled by ana@acme.test',
  });
});

it('does not have tasks that it has not started', async () => {
  expect(await describeTask(client, 'arn:aws:ecs:us-east-1:000000000000:task/jobs/none')).toEqual({
    status: 'unknown',
  });
});
