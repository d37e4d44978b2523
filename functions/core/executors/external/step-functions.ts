import type { SFNClient } from '@aws-sdk/client-sfn';
import { RUN_FIELD } from '../../domain/targets/run-metadata.ts';
import { type DeclaredStateMachine, findInputFault } from '../../domain/targets/state-machine-target.ts';
import { parseTenantId } from '../../domain/tenant.ts';
import type { ExecutionOrigin, ExecutionRequest, ExecutionStart, ExecutionState } from './execution-service.ts';
import { formatRefusal, isRefusal } from './is-refusal.ts';

type Client = Pick<SFNClient, 'send'>;

/** Maximum bytes of an output that becomes the `meta` of its run, like the report of a script. */
const MAX_META_BYTES = 8 * 1024;

/** Refusals of the input or the kind of the state machine, which a further attempt repeats. */
const FINAL_REFUSALS: readonly string[] = ['InvalidExecutionInput', 'InvalidName', 'StateMachineTypeNotSupported'];

const EXPRESS: ExecutionStart = {
  refused: 'the state machine is an express one, whose executions cannot be followed',
  final: true,
};

/** State machines that are standard ones. The kind of a state machine never changes. */
const standard = new WeakMap<Client, Set<string>>();

/**
 * Starts a standard execution whose name is the token. Step Functions starts a second one of the same name neither while
 * the first is running nor for 90 days after its end.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export async function startStateMachine(
  client: Client,
  { stateMachine }: DeclaredStateMachine,
  request: ExecutionRequest,
): Promise<ExecutionStart> {
  const { payload = {} } = request;
  const fault = findInputFault(payload);
  if (fault !== undefined) return { refused: `payload: ${fault}`, final: true };
  const { StartExecutionCommand } = await import('./step-functions-client.ts');
  const input = JSON.stringify({ ...(payload as object), [RUN_FIELD]: toOrigin(request) });
  try {
    if (!(await isStandard(client, stateMachine))) return EXPRESS;
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: stateMachine, name: request.token, input }),
    );
    if (!executionArn) throw new Error('Step Functions returned no ARN of the execution');
    // The state machine was replaced by another one of its name.
    if (isExpress(executionArn)) return EXPRESS;
    return { reference: executionArn };
  } catch (error) {
    // guard: external.sfn.exists
    if (isNamed(error, 'ExecutionAlreadyExists')) return { reference: executionArnOf(stateMachine, request.token) };
    if (isRefusal(error)) return { refused: formatRefusal(error), final: FINAL_REFUSALS.includes(error.name) };
    throw error;
  }
}

/** Reads the kind of a state machine, of a standard one only once: an express one would be executed by its start. */
async function isStandard(client: Client, stateMachineArn: string): Promise<boolean> {
  const known = standard.get(client) ?? new Set();
  if (known.has(stateMachineArn)) return true;
  const { DescribeStateMachineCommand } = await import('./step-functions-client.ts');
  // Without its definition, which may be encrypted.
  const { type } = await client.send(
    new DescribeStateMachineCommand({ stateMachineArn, includedData: 'METADATA_ONLY' }),
  );
  if (type === 'EXPRESS') return false;
  standard.set(client, known.add(stateMachineArn));
  return true;
}

/** @returns the ARN of the execution of that name, or `undefined` if there is none */
export async function findStateMachine(
  client: Client,
  { stateMachine }: DeclaredStateMachine,
  token: string,
): Promise<string | undefined> {
  const reference = executionArnOf(stateMachine, token);
  const { status } = await describeStateMachine(client, reference);
  return status === 'unknown' ? undefined : reference;
}

export async function describeStateMachine(client: Client, executionArn: string): Promise<ExecutionState> {
  const { DescribeExecutionCommand } = await import('./step-functions-client.ts');
  try {
    const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
    const { status, output = '', error, cause, stopDate, input } = execution;
    const origin = parseOrigin(input);
    const end = { status: 'ended', endedAt: stopDate?.getTime() ?? null, exitCode: null, meta: null, origin } as const;
    switch (status) {
      case 'SUCCEEDED':
        return { ...end, result: 'ok', message: null, output, meta: toMeta(output) };
      case 'FAILED':
        return { ...end, result: 'error', message: causeOf(error, cause) || 'the execution failed', output };
      case 'TIMED_OUT':
        return { ...end, result: 'timeout', message: 'timeout: that of the state machine', output };
      case 'ABORTED':
        return { ...end, result: 'stopped', message: causeOf(error, cause) || 'the execution was stopped', output };
      case 'RUNNING':
      case 'PENDING_REDRIVE':
      case undefined:
        return { status: 'active', origin };
    }
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist')) return { status: 'unknown' };
    throw error;
  }
}

export async function stopStateMachine(client: Client, executionArn: string, cause: string): Promise<void> {
  const { StopExecutionCommand } = await import('./step-functions-client.ts');
  await client.send(new StopExecutionCommand({ executionArn, error: 'Jobdeck', cause }));
}

/** Returns the ARN of an execution: `arn:aws:states:<region>:<account>:execution:<state machine>:<name>`. */
const executionArnOf = (stateMachine: string, name: string): string =>
  `${stateMachine.replace(':stateMachine:', ':execution:')}:${name}`;

const isExpress = (executionArn: string): boolean => executionArn.split(':')[5] === 'express';

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

const causeOf = (error = '', cause = ''): string => [error, cause].filter(Boolean).join(': ');

const toOrigin = ({ tenant, runId, jobId, attempt, scheduledAt }: ExecutionRequest) => ({
  tenant,
  run_id: runId,
  job_id: jobId,
  attempt,
  scheduled_at: scheduledAt,
});

/** @returns the run that the input names, or `null` if another caller has started the execution */
function parseOrigin(input = ''): ExecutionOrigin | null {
  const origin = parseObject(input)?.[RUN_FIELD];
  if (typeof origin !== 'object' || origin === null) return null;
  const { tenant: name, run_id: runId, attempt } = origin as Readonly<Record<string, unknown>>;
  const tenant = parseTenantId(name);
  if (!tenant || typeof runId !== 'string' || typeof attempt !== 'number') return null;
  return { tenant, runId, attempt };
}

const toMeta = (output: string): Readonly<Record<string, unknown>> | null =>
  Buffer.byteLength(output) <= MAX_META_BYTES ? (parseObject(output) ?? null) : null;

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
