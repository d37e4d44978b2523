import type { ECSClient, Task } from '@aws-sdk/client-ecs';
import {
  type ContainerTarget,
  type DeclaredContainer,
  MAX_OVERRIDES,
  PAYLOAD_VARIABLE,
  PLATFORM_VARIABLE,
  toEnvironment,
} from '../../domain/targets/container-target.ts';
import { parseTenantId } from '../../domain/tenant.ts';
import type {
  ExecutionEnd,
  ExecutionOrigin,
  ExecutionRequest,
  ExecutionStart,
  ExecutionState,
} from './execution-service.ts';
import { formatRefusal, isRefusal } from './is-refusal.ts';

type Client = Pick<ECSClient, 'send'>;
type ContainerRequest = ExecutionRequest & { readonly target: ContainerTarget };

/** Variables that name the run. */
const ORIGIN = { tenant: 'JOBDECK_TENANT', runId: 'JOBDECK_RUN_ID', attempt: 'JOBDECK_ATTEMPT' } as const;

/** Codes of tasks that ended by themselves. */
const OWN_ENDS: readonly string[] = ['EssentialContainerExited'];

/** Maximum length of the reason of a stop, in characters. */
const MAX_REASON = 255;

/**
 * Starts a task. ECS returns the task of an earlier request with the same token, which it keeps for a day, or for an hour
 * after the end of the task.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
 */
export async function startTask(
  client: Client,
  declaration: DeclaredContainer,
  request: ContainerRequest,
): Promise<ExecutionStart> {
  const { cluster, taskDefinition, subnets, securityGroups = [], launchType = 'FARGATE' } = declaration;
  const overrides = toOverrides(declaration, request);
  const size = JSON.stringify(overrides).length;
  if (size > MAX_OVERRIDES) {
    const message = `command, env and payload of a container must take at most ${MAX_OVERRIDES} characters, got ${size}`;
    return { refused: message, final: true };
  }
  const { RunTaskCommand } = await import('./ecs-client.ts');
  try {
    const { tasks = [], failures = [] } = await client.send(
      new RunTaskCommand({
        cluster,
        taskDefinition,
        launchType,
        count: 1,
        // Shown by ECS. On one machine it selects the command, because targets may share a task definition.
        group: request.target.target,
        clientToken: request.token,
        startedBy: request.token,
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: [...subnets],
            ...(securityGroups.length > 0 && { securityGroups: [...securityGroups] }),
          },
        },
        overrides,
      }),
    );
    const reference = tasks[0]?.taskArn;
    if (reference) return { reference };
    // No capacity, for example: a later start may succeed.
    throw new Error(`ECS started no task: ${failures.map(({ reason }) => reason).join(', ') || 'no reason given'}`);
  } catch (error) {
    const existing = findConflict(error);
    // guard: external.ecs.conflict
    if (existing) return { reference: existing };
    if (isRefusal(error)) return { refused: formatRefusal(error), final: false };
    throw error;
  }
}

/** @returns the ARN of the task that was started with the token, or `undefined` if there is none */
export async function findTask(
  client: Client,
  { cluster }: Pick<DeclaredContainer, 'cluster'>,
  token: string,
): Promise<string | undefined> {
  const { ListTasksCommand } = await import('./ecs-client.ts');
  for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
    const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster, startedBy: token, desiredStatus }));
    if (taskArns[0]) return taskArns[0];
  }
  return undefined;
}

export async function describeTask(client: Client, reference: string): Promise<ExecutionState> {
  const { DescribeTasksCommand } = await import('./ecs-client.ts');
  const { tasks = [], failures = [] } = await client.send(
    new DescribeTasksCommand({ cluster: clusterOf(reference), tasks: [reference] }),
  );
  const [task] = tasks;
  if (!task) {
    const isMissing = failures.some(({ reason }) => reason === 'MISSING');
    // guard: external.ecs.missing
    if (isMissing) return { status: 'unknown' };
    throw new Error(`ECS did not describe ${reference}: ${failures[0]?.reason ?? 'no reason given'}`);
  }
  const origin = parseOrigin(task);
  return task.lastStatus === 'STOPPED' ? toEnd(task, origin) : { status: 'active', origin };
}

/**
 * Reads the end of a task from the detail of its event, which has the fields of DescribeTasks with times as texts.
 *
 * @returns `undefined` if the event does not describe the end of this task
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 */
export function readTaskEvent(event: unknown, reference: string): ExecutionEnd | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const { stoppedAt, ...task } = event as Omit<Task, 'stoppedAt'> & { readonly stoppedAt?: string };
  if (task.taskArn !== reference || task.lastStatus !== 'STOPPED') return undefined;
  return toEnd({ ...task, stoppedAt: stoppedAt === undefined ? undefined : new Date(stoppedAt) }, parseOrigin(task));
}

export async function stopTask(client: Client, reference: string, reason: string): Promise<void> {
  const { StopTaskCommand } = await import('./ecs-client.ts');
  await client.send(
    new StopTaskCommand({ cluster: clusterOf(reference), task: reference, reason: reason.slice(0, MAX_REASON) }),
  );
}

/** Returns the cluster of a task's ARN: `arn:aws:ecs:<region>:<account>:task/<cluster>/<id>`. */
const clusterOf = (reference: string): string => reference.split('/')[1] ?? '';

/** Returns the name of a declared container: that of the family of its task definition by default. */
export const containerOf = ({
  container,
  taskDefinition,
}: Pick<DeclaredContainer, 'container' | 'taskDefinition'>): string =>
  container ?? taskDefinition.replace(/^.*task-definition\//, '').replace(/:\d+$/, '');

function toOverrides(declaration: DeclaredContainer, request: ContainerRequest) {
  const { target, tenant, runId, jobId, attempt, scheduledAt, payload } = request;
  // A job that was stored before the rule may have variables of the platform.
  const own = Object.entries(target.env).filter(([name]) => !PLATFORM_VARIABLE.test(name));
  const variables = {
    ...Object.fromEntries(own),
    [ORIGIN.tenant]: tenant,
    [ORIGIN.runId]: runId,
    [ORIGIN.attempt]: String(attempt),
    JOBDECK_JOB_ID: jobId,
    ...(scheduledAt !== null && { JOBDECK_SCHEDULED_AT: scheduledAt }),
    ...(payload !== undefined && { [PAYLOAD_VARIABLE]: JSON.stringify(payload) }),
  };
  const container = {
    name: containerOf(declaration),
    ...(target.command && { command: [...target.command] }),
    environment: toEnvironment(variables),
  };
  return { containerOverrides: [container] };
}

/** @returns the run that the variables of the task name, or `null` if another caller has started the task */
function parseOrigin({ overrides }: Task): ExecutionOrigin | null {
  const variables = overrides?.containerOverrides?.flatMap(({ environment = [] }) => environment) ?? [];
  const read = (variable: string) => variables.find(({ name }) => name === variable)?.value;
  const tenant = parseTenantId(read(ORIGIN.tenant));
  const runId = read(ORIGIN.runId);
  const attempt = Number(read(ORIGIN.attempt));
  return tenant && runId !== undefined && Number.isSafeInteger(attempt) ? { tenant, runId, attempt } : null;
}

function toEnd(task: Task, origin: ExecutionOrigin | null): ExecutionEnd {
  const { containers = [], overrides, stopCode, stoppedReason = '', stoppedAt } = task;
  const name = overrides?.containerOverrides?.[0]?.name;
  const container = containers.find((one) => one.name === name) ?? containers[0];
  const exitCode = container?.exitCode ?? null;
  const common = {
    status: 'ended',
    endedAt: stoppedAt?.getTime() ?? null,
    exitCode,
    output: '',
    meta: null,
    origin,
  } as const;
  if (stopCode === 'UserInitiated') {
    return { ...common, result: 'stopped', message: `stopped: ${stoppedReason || 'no reason given'}` };
  }
  // A program that handles SIGTERM ends with 0 when its host is interrupted or retired, with its work unfinished.
  const isInterrupted = /* guard: external.ecs.interrupted */ stopCode && !OWN_ENDS.includes(stopCode);
  if (exitCode === 0 && !isInterrupted) return { ...common, result: 'ok', message: null };
  if (exitCode === 0) {
    return {
      ...common,
      result: 'error',
      message: `interrupted: ${[stopCode, stoppedReason].filter(Boolean).join(': ')}`,
    };
  }
  const cause = container?.reason || (exitCode === null ? stoppedReason || stopCode : '');
  const code = exitCode === null ? '' : `exit code ${exitCode}`;
  return { ...common, result: 'error', message: [code, cause].filter(Boolean).join(': ') || 'the task stopped' };
}

/** @returns the task that an earlier request with the same token and other parameters has started */
function findConflict(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ConflictException') return undefined;
  const { resourceIds } = error as Error & { readonly resourceIds?: readonly string[] };
  return resourceIds?.[0];
}
