import { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExecutionRequest } from '../../../../../../functions/core/executors/external/execution-service.ts';
import {
  describeStateMachine,
  findStateMachine,
  startStateMachine,
  stopStateMachine,
} from '../../../../../../functions/core/executors/external/step-functions.ts';
import { acme } from '../../../../../helpers/builders/executions.ts';
import { type AwsJsonAnswer, startAwsJsonServer } from '../../../../../helpers/fakes/aws-json-server.ts';

const STATE_MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:order-flow';
const EXECUTION = 'arn:aws:states:eu-central-1:111122223333:execution:order-flow:01JNXA3V5T9YV0Q2Z6W8M4R7B1-2';
const declared = { type: 'stateMachine', stateMachine: STATE_MACHINE } as const;
const request: ExecutionRequest = {
  target: { type: 'stateMachine', target: 'order-flow', payload: null },
  tenant: acme,
  runId: 'orders.k3f9zz.01JNXA3V5T9YV0Q2Z6W8M4R7B1',
  jobId: 'orders',
  attempt: 2,
  scheduledAt: '2026-11-30T05:00:00.000Z',
  payload: { region: 'eu' },
  token: '01JNXA3V5T9YV0Q2Z6W8M4R7B1-2',
};

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

/** @param answers responses by operation. The state machine is a standard one by default */
async function given(answers: Readonly<Record<string, readonly AwsJsonAnswer[]>>) {
  const server = await startAwsJsonServer({ DescribeStateMachine: [stateMachineOf('STANDARD')], ...answers });
  close = server.close;
  return { client: new SFNClient(server.options), calls: server.calls };
}

/** The response of DescribeStateMachine without the definition. */
const stateMachineOf = (type: 'STANDARD' | 'EXPRESS') => ({
  body: { stateMachineArn: STATE_MACHINE, name: 'order-flow', status: 'ACTIVE', type, creationDate: 1_795_000_000 },
});

/** The response of DescribeExecution, as Step Functions sends it. */
const execution = (status: string, fields: object = {}) => ({
  body: {
    executionArn: EXECUTION,
    stateMachineArn: STATE_MACHINE,
    name: request.token,
    status,
    startDate: 1_795_000_000.123,
    ...(status !== 'RUNNING' && { stopDate: 1_795_000_060.5 }),
    input: JSON.stringify({
      region: 'eu',
      jobdeck: { tenant: 'acme', run_id: request.runId, job_id: 'orders', attempt: 2, scheduled_at: null },
    }),
    inputDetails: { included: true },
    ...fields,
  },
});

describe('startStateMachine', () => {
  it('starts an execution with the token as its name, and the payload and the run as its input', async () => {
    const { client, calls } = await given({
      StartExecution: [{ body: { executionArn: EXECUTION, startDate: 1_795_000_000.123 } }],
    });

    const start = await startStateMachine(client, declared, request);

    expect(start).toEqual({ reference: EXECUTION });
    expect(calls).toEqual([
      {
        operation: 'DescribeStateMachine',
        input: { stateMachineArn: STATE_MACHINE, includedData: 'METADATA_ONLY' },
      },
      {
        operation: 'StartExecution',
        input: { stateMachineArn: STATE_MACHINE, name: request.token, input: expect.any(String) },
      },
    ]);
    expect(JSON.parse(calls[1]?.input.input as string)).toEqual({
      region: 'eu',
      jobdeck: {
        tenant: 'acme',
        run_id: request.runId,
        job_id: 'orders',
        attempt: 2,
        scheduled_at: '2026-11-30T05:00:00.000Z',
      },
    });
  });

  it('finds the execution of an earlier start', async () => {
    const { client } = await given({ StartExecution: [{ error: 'ExecutionAlreadyExists' }] });

    expect(await startStateMachine(client, declared, request)).toEqual({ reference: EXECUTION });
  });

  it.each([[['eu']], ['eu'], [3]])('refuses the payload %j, which is no object', async (payload) => {
    const { client, calls } = await given({});

    const start = await startStateMachine(client, declared, { ...request, payload });

    expect(start).toMatchObject({ refused: expect.stringMatching(/^payload: must be an object/), final: true });
    expect(calls).toEqual([]);
  });

  it('refuses a payload that names a run', async () => {
    const { client, calls } = await given({});

    const start = await startStateMachine(client, declared, { ...request, payload: { jobdeck: { tenant: 'globex' } } });

    expect(start).toEqual({ refused: "payload: must not have the field 'jobdeck', which names the run", final: true });
    expect(calls).toEqual([]);
  });

  it('executes no express state machine', async () => {
    const { client, calls } = await given({ DescribeStateMachine: [stateMachineOf('EXPRESS')] });

    const starts = [
      await startStateMachine(client, declared, request),
      await startStateMachine(client, declared, request),
    ];

    const refusal = {
      refused: 'the state machine is an express one, whose executions cannot be followed',
      final: true,
    };
    expect(starts).toEqual([refusal, refusal]);
    expect(calls.map(({ operation }) => operation)).toEqual(['DescribeStateMachine', 'DescribeStateMachine']);
  });

  it('reads the kind of a state machine once', async () => {
    const { client, calls } = await given({ StartExecution: [{ body: { executionArn: EXECUTION, startDate: 1 } }] });

    await startStateMachine(client, declared, request);
    await startStateMachine(client, declared, { ...request, token: '01JNXA3V5T9YV0Q2Z6W8M4R7B2-1' });

    expect(calls.map(({ operation }) => operation)).toEqual([
      'DescribeStateMachine',
      'StartExecution',
      'StartExecution',
    ]);
  });

  it('starts nothing if it may not read the kind of the state machine', async () => {
    const { client, calls } = await given({ DescribeStateMachine: [{ error: 'AccessDeniedException' }] });

    expect(await startStateMachine(client, declared, request)).toMatchObject({
      refused: expect.stringContaining('AccessDeniedException'),
      final: false,
    });
    expect(calls).toHaveLength(1);
  });

  it('refuses a state machine that has become an express one', async () => {
    const express = 'arn:aws:states:eu-central-1:111122223333:express:order-flow:01J:0d9f';
    const { client } = await given({ StartExecution: [{ body: { executionArn: express, startDate: 1 } }] });

    expect(await startStateMachine(client, declared, request)).toMatchObject({
      refused: expect.stringContaining('express'),
      final: true,
    });
  });

  it('reports a refusal of Step Functions', async () => {
    const { client } = await given({ StartExecution: [{ error: 'StateMachineDoesNotExist' }] });

    expect(await startStateMachine(client, declared, request)).toEqual({
      refused: 'StateMachineDoesNotExist: the message of StateMachineDoesNotExist',
      final: false,
    });
  });

  it.each([
    { error: 'ThrottlingException' },
    { error: 'ExecutionLimitExceeded' },
    { error: 'ServiceUnavailable', status: 503 },
  ])('rejects if Step Functions is unavailable now: $error', async (answer) => {
    const { client } = await given({ StartExecution: [answer] });

    await expect(startStateMachine(client, declared, request)).rejects.toThrow(answer.error);
  });
});

describe('describeStateMachine', () => {
  const origin = { tenant: 'acme', runId: request.runId, attempt: 2 };

  it('reports a running execution with its run', async () => {
    const { client, calls } = await given({ DescribeExecution: [execution('RUNNING')] });

    expect(await describeStateMachine(client, EXECUTION)).toEqual({ status: 'active', origin });
    expect(calls).toEqual([{ operation: 'DescribeExecution', input: { executionArn: EXECUTION } }]);
  });

  it('reports the output of an execution that has succeeded', async () => {
    const { client } = await given({ DescribeExecution: [execution('SUCCEEDED', { output: '{"rows":3}' })] });

    expect(await describeStateMachine(client, EXECUTION)).toEqual({
      status: 'ended',
      result: 'ok',
      endedAt: 1_795_000_060_500,
      exitCode: null,
      message: null,
      output: '{"rows":3}',
      meta: { rows: 3 },
      origin,
    });
  });

  it.each([
    ['FAILED', { error: 'NoStock', cause: 'article 7' }, 'error', 'NoStock: article 7'],
    ['TIMED_OUT', {}, 'timeout', 'timeout: that of the state machine'],
    ['ABORTED', { cause: 'maintenance' }, 'stopped', 'maintenance'],
  ])('reports an execution that has ended as %s', async (status, fields, result, message) => {
    const { client } = await given({ DescribeExecution: [execution(status, fields)] });

    expect(await describeStateMachine(client, EXECUTION)).toMatchObject({ status: 'ended', result, message });
  });

  it('states no run for an execution of another caller', async () => {
    const { client } = await given({ DescribeExecution: [execution('SUCCEEDED', { input: '{"region":"eu"}' })] });

    expect(await describeStateMachine(client, EXECUTION)).toMatchObject({ origin: null });
  });

  it('does not report the output as meta that is no object or has more than 8 KB', async () => {
    const output = JSON.stringify({ text: 'x'.repeat(9_000) });
    const { client } = await given({
      DescribeExecution: [execution('SUCCEEDED', { output: '[1]' }), execution('SUCCEEDED', { output })],
    });

    expect(await describeStateMachine(client, EXECUTION)).toMatchObject({ output: '[1]', meta: null });
    expect(await describeStateMachine(client, EXECUTION)).toMatchObject({ output, meta: null });
  });

  it('reports an execution that does not exist', async () => {
    const { client } = await given({ DescribeExecution: [{ error: 'ExecutionDoesNotExist' }] });

    expect(await describeStateMachine(client, EXECUTION)).toEqual({ status: 'unknown' });
    expect(await findStateMachine(client, declared, request.token)).toBeUndefined();
  });

  it('rejects if access is denied', async () => {
    const { client } = await given({ DescribeExecution: [{ error: 'AccessDeniedException' }] });

    await expect(describeStateMachine(client, EXECUTION)).rejects.toThrow('AccessDeniedException');
  });
});

it('findStateMachine derives the ARN of the execution from the token', async () => {
  const { client } = await given({ DescribeExecution: [execution('RUNNING')] });

  expect(await findStateMachine(client, declared, request.token)).toBe(EXECUTION);
});

it('stopStateMachine stops the execution with the reason', async () => {
  const { client, calls } = await given({ StopExecution: [{ body: { stopDate: 1_795_000_060.5 } }] });

  await stopStateMachine(client, EXECUTION, 'canceled by ana@acme.test');

  expect(calls).toEqual([
    {
      operation: 'StopExecution',
      input: { executionArn: EXECUTION, error: 'Jobdeck', cause: 'canceled by ana@acme.test' },
    },
  ]);
});

it.each(['InvalidExecutionInput', 'InvalidName', 'StateMachineTypeNotSupported'])(
  'startStateMachine reports a refusal that each attempt would repeat as final: %s',
  async (name) => {
    const { client } = await given({ StartExecution: [{ error: name }] });

    expect(await startStateMachine(client, declared, request)).toMatchObject({
      refused: expect.stringContaining(name),
      final: true,
    });
  },
);
