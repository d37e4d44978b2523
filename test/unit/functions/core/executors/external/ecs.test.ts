import { ECSClient } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ContainerTarget,
  MAX_DEFINED_OVERRIDES,
  overridesSize,
} from '../../../../../../functions/core/domain/targets/container-target.ts';
import { parseTenantId, type TenantId } from '../../../../../../functions/core/domain/tenant.ts';
import {
  describeTask,
  findTask,
  readTaskEvent,
  startTask,
  stopTask,
} from '../../../../../../functions/core/executors/external/ecs.ts';
import { acme } from '../../../../../helpers/builders/executions.ts';
import { type AwsJsonAnswer, startAwsJsonServer } from '../../../../../helpers/fakes/aws-json-server.ts';

const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:cluster/jobs';
const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/jobs/1dc5c17a422b4dc4b493371970c6c4d6';
const declared = {
  type: 'container',
  cluster: CLUSTER,
  taskDefinition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/etl:7',
  subnets: ['subnet-1', 'subnet-2'],
  securityGroups: ['sg-1'],
} as const;
const request = {
  target: { type: 'container', target: 'etl', command: ['node', 'etl.js'], env: { MODE: 'full' }, payload: null },
  tenant: acme,
  runId: 'etl.k3f9zz.01JNXA3V5T9YV0Q2Z6W8M4R7B1',
  jobId: 'etl',
  attempt: 1,
  scheduledAt: null,
  payload: { day: '2026-11-30' },
  token: '01JNXA3V5T9YV0Q2Z6W8M4R7B1-1',
} as const;

const environment = [
  { name: 'MODE', value: 'full' },
  { name: 'JOBDECK_TENANT', value: 'acme' },
  { name: 'JOBDECK_RUN_ID', value: request.runId },
  { name: 'JOBDECK_ATTEMPT', value: '1' },
  { name: 'JOBDECK_JOB_ID', value: 'etl' },
  { name: 'JOBDECK_PAYLOAD', value: '{"day":"2026-11-30"}' },
];

/** A task, as ECS describes it. */
const task = (fields: object = {}) => ({
  taskArn: TASK,
  clusterArn: CLUSTER,
  taskDefinitionArn: declared.taskDefinition,
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  launchType: 'FARGATE',
  startedBy: request.token,
  createdAt: 1_795_000_000.123,
  overrides: { containerOverrides: [{ name: 'etl', command: ['node', 'etl.js'], environment }] },
  containers: [
    { name: 'log-router', lastStatus: 'STOPPED', exitCode: 143 },
    { name: 'etl', lastStatus: 'RUNNING' },
  ],
  ...fields,
});

const stopped = (container: object, fields: object = {}) =>
  task({
    lastStatus: 'STOPPED',
    stoppedAt: 1_795_000_060.5,
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [
      { name: 'log-router', lastStatus: 'STOPPED', exitCode: 143 },
      { name: 'etl', lastStatus: 'STOPPED', ...container },
    ],
    ...fields,
  });

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

async function given(answers: Readonly<Record<string, readonly AwsJsonAnswer[]>>) {
  const server = await startAwsJsonServer(answers);
  close = server.close;
  return { client: new ECSClient(server.options), calls: server.calls };
}

describe('startTask', () => {
  it('starts a task with the token, the command, and variables that name the run', async () => {
    const { client, calls } = await given({ RunTask: [{ body: { tasks: [task()], failures: [] } }] });

    expect(await startTask(client, declared, request)).toEqual({ reference: TASK });
    expect(calls).toEqual([
      {
        operation: 'RunTask',
        input: {
          cluster: CLUSTER,
          taskDefinition: declared.taskDefinition,
          launchType: 'FARGATE',
          count: 1,
          group: 'etl',
          clientToken: request.token,
          startedBy: request.token,
          networkConfiguration: {
            awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] },
          },
          overrides: { containerOverrides: [{ name: 'etl', command: ['node', 'etl.js'], environment }] },
        },
      },
    ]);
  });

  it('does not let variables of the job replace those that name the run', async () => {
    const { client, calls } = await given({ RunTask: [{ body: { tasks: [task()], failures: [] } }] });
    const env = { JOBDECK_TENANT: 'globex', JOBDECK_SCHEDULED_AT: 'never', JOBDECK_PAYLOAD: '{}', MODE: 'full' };
    const target = { ...request.target, command: null, env };

    await startTask(client, { ...declared, container: 'main' }, { ...request, target, payload: undefined });

    const { containerOverrides = [] } = (calls[0]?.input.overrides ?? {}) as { containerOverrides?: readonly object[] };
    expect(containerOverrides).toMatchObject([
      { name: 'main', environment: environment.filter(({ name }) => name !== 'JOBDECK_PAYLOAD') },
    ]);
    expect(containerOverrides[0]).not.toHaveProperty('command');
  });

  it('finds the task of an earlier start with other parameters', async () => {
    const { client } = await given({ RunTask: [{ error: 'ConflictException', body: { resourceIds: [TASK] } }] });

    expect(await startTask(client, declared, request)).toEqual({ reference: TASK });
  });

  it('refuses a payload that does not fit in the overrides of a task', async () => {
    const { client, calls } = await given({});

    const start = await startTask(client, declared, { ...request, payload: 'x'.repeat(8_192) });

    expect(start).toMatchObject({ refused: expect.stringContaining('must take at most 8192 characters'), final: true });
    expect(calls).toEqual([]);
  });

  it('has room for the longest names beside the largest valid command', async () => {
    const { client, calls } = await given({ RunTask: [{ body: { tasks: [task()], failures: [] } }] });
    const longest = (length: number) => 'x'.repeat(length);
    const commandOf = (size: number): ContainerTarget => ({ ...request.target, command: [longest(size)], env: {} });
    const size = MAX_DEFINED_OVERRIDES - overridesSize(commandOf(0));
    const names = { tenant: parseTenantId(longest(64)) as TenantId, jobId: longest(64), runId: longest(104) };
    const run = { ...names, attempt: 20, scheduledAt: new Date(0).toISOString(), payload: undefined };

    const start = await startTask(
      client,
      { ...declared, container: longest(255) },
      { ...request, ...run, target: commandOf(size) },
    );

    expect(start).toEqual({ reference: TASK });
    expect(JSON.stringify(calls[0]?.input.overrides).length).toBeLessThanOrEqual(8_192);
  });

  it('reports a refusal of ECS', async () => {
    const { client } = await given({ RunTask: [{ error: 'ClusterNotFoundException' }] });

    expect(await startTask(client, declared, request)).toEqual({
      refused: 'ClusterNotFoundException: the message of ClusterNotFoundException',
      final: false,
    });
  });

  it.each<AwsJsonAnswer>([
    { error: 'ThrottlingException' },
    { error: 'ServerException', status: 500 },
    { error: 'ClientException', body: { message: "You've reached the limit on the number of tasks" } },
    { body: { tasks: [], failures: [{ reason: 'Capacity is unavailable at this time' }] } },
  ])('rejects if ECS can start no task now: %j', async (answer) => {
    const { client } = await given({ RunTask: [answer] });

    await expect(startTask(client, declared, request)).rejects.toThrow();
  });
});

describe('describeTask', () => {
  const origin = { tenant: 'acme', runId: request.runId, attempt: 1 };

  it('reports a running task with its run', async () => {
    const { client, calls } = await given({ DescribeTasks: [{ body: { tasks: [task()], failures: [] } }] });

    expect(await describeTask(client, TASK)).toEqual({ status: 'active', origin });
    expect(calls).toEqual([{ operation: 'DescribeTasks', input: { cluster: 'jobs', tasks: [TASK] } }]);
  });

  it.each([
    ['succeeded', stopped({ exitCode: 0 }), 'ok', 0, null],
    ['failed', stopped({ exitCode: 3 }), 'error', 3, 'exit code 3'],
    [
      'run out of memory',
      stopped({ exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }),
      'error',
      137,
      'exit code 137: OutOfMemoryError: Container killed due to memory usage',
    ],
    [
      'not started',
      stopped(
        { reason: 'CannotPullContainerError: pull image manifest has been retried' },
        { stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start' },
      ),
      'error',
      null,
      'CannotPullContainerError: pull image manifest has been retried',
    ],
    [
      'been interrupted',
      stopped({}, { stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.' }),
      'error',
      null,
      'Your Spot Task was interrupted.',
    ],
    [
      'been stopped',
      stopped({ exitCode: 0 }, { stopCode: 'UserInitiated', stoppedReason: 'canceled by ana' }),
      'stopped',
      0,
      'stopped: canceled by ana',
    ],
  ])('reports a task that has %s', async (_, described, result, exitCode, message) => {
    const { client } = await given({ DescribeTasks: [{ body: { tasks: [described], failures: [] } }] });

    expect(await describeTask(client, TASK)).toEqual({
      status: 'ended',
      result,
      endedAt: 1_795_000_060_500,
      exitCode,
      message,
      output: '',
      meta: null,
      origin,
    });
  });

  it.each(['TerminationNotice', 'SpotInterruption', 'ServiceSchedulerInitiated'])(
    'reports a failure if the program ended with 0 after an interruption: %s',
    async (stopCode) => {
      const described = stopped({ exitCode: 0 }, { stopCode, stoppedReason: 'Host retired' });
      const { client } = await given({ DescribeTasks: [{ body: { tasks: [described], failures: [] } }] });

      expect(await describeTask(client, TASK)).toMatchObject({
        result: 'error',
        exitCode: 0,
        message: `interrupted: ${stopCode}: Host retired`,
      });
    },
  );

  it('states no run for a task of another caller', async () => {
    const { client } = await given({ DescribeTasks: [{ body: { tasks: [task({ overrides: {} })], failures: [] } }] });

    expect(await describeTask(client, TASK)).toEqual({ status: 'active', origin: null });
  });

  it('reports a task that ECS does not have', async () => {
    const missing = { tasks: [], failures: [{ arn: TASK, reason: 'MISSING' }] };
    const { client } = await given({ DescribeTasks: [{ body: missing }] });

    expect(await describeTask(client, TASK)).toEqual({ status: 'unknown' });
  });

  it('rejects if ECS does not describe a task for another reason', async () => {
    const { client } = await given({
      DescribeTasks: [
        { body: { tasks: [], failures: [{ arn: TASK, reason: 'INTERNAL' }] } },
        { error: 'ClientException' },
      ],
    });

    await expect(describeTask(client, TASK)).rejects.toThrow('INTERNAL');
    await expect(describeTask(client, TASK)).rejects.toThrow('ClientException');
  });
});

describe('readTaskEvent', () => {
  /** The detail of the event that reports the end of a task, whose times are texts. */
  const event = (fields: object = {}) => ({
    ...stopped({ exitCode: 0 }),
    createdAt: '2026-11-18T11:06:40.123Z',
    stoppedAt: '2026-11-18T11:07:40.500Z',
    ...fields,
  });

  it('reports the end of a task as ECS describes it', async () => {
    const { client } = await given({ DescribeTasks: [{ body: { tasks: [stopped({ exitCode: 0 })], failures: [] } }] });

    const end = readTaskEvent(event(), TASK);

    expect(end).toMatchObject({ status: 'ended', result: 'ok', exitCode: 0, origin: { tenant: 'acme', attempt: 1 } });
    expect(end).toEqual(await describeTask(client, TASK));
  });

  it.each([
    ['is one of another task', event({ taskArn: `${TASK}0` })],
    ['reports no end', event({ lastStatus: 'RUNNING' })],
    ['has no task', {}],
    ['is no object', 'STOPPED'],
    ['is empty', null],
  ])('ignores an event that %s', (_, detail) => {
    expect(readTaskEvent(detail, TASK)).toBeUndefined();
  });
});

it('findTask finds the task that was started with the token, running or stopped', async () => {
  const { client, calls } = await given({ ListTasks: [{ body: { taskArns: [] } }, { body: { taskArns: [TASK] } }] });

  expect(await findTask(client, declared, request.token)).toBe(TASK);
  expect(calls.map(({ input }) => input)).toEqual([
    { cluster: CLUSTER, startedBy: request.token, desiredStatus: 'RUNNING' },
    { cluster: CLUSTER, startedBy: request.token, desiredStatus: 'STOPPED' },
  ]);
});

it('stopTask stops the task with a reason of at most 255 characters', async () => {
  const { client, calls } = await given({ StopTask: [{ body: { task: task() } }] });

  await stopTask(client, TASK, 'x'.repeat(300));

  expect(calls).toEqual([{ operation: 'StopTask', input: { cluster: 'jobs', task: TASK, reason: 'x'.repeat(255) } }]);
});
