import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DeclaredContainer } from '../../../functions/core/domain/targets/container-target.ts';
import { arn } from '../support/arn.ts';
import { type HttpService, readBody, serveHttp } from '../support/http.ts';
import { LocalTask, type TaskRequest } from './task.ts';

const TARGET_PREFIX = 'AmazonEC2ContainerServiceV20141113.';

/** Time for which a stopped task is described, in milliseconds, as by ECS. */
const STOPPED_MS = 60 * 60_000;

export interface EcsOptions {
  /** The declared containers by name, of which those with a local command can be started. */
  readonly containers: Readonly<Record<string, DeclaredContainer>>;
  /** Working directory of the commands. */
  readonly cwd: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Reports the end of a task, as the rule of EventBridge does, with the detail of its event. */
  readonly onStopped: (taskArn: string, event: object) => Promise<void>;
  readonly log: (text: string) => void;
}

/** An error response of ECS. */
class EcsError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Starts an endpoint of Amazon ECS that runs the local command of a declared container as a process: RunTask,
 * DescribeTasks, ListTasks and StopTask, and `GET /logs?task=` for the output of a task. Tasks end with the service.
 */
export async function startEcs(options: EcsOptions): Promise<HttpService> {
  const tasks = new Map<string, LocalTask>();
  const operations: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => object>> = {
    RunTask: (input) => ({
      tasks: [runTask(options, tasks, input as unknown as TaskRequest).describe()],
      failures: [],
    }),
    DescribeTasks: ({ tasks: arns }) => {
      const named = arns as readonly string[];
      return {
        tasks: named.flatMap((taskArn) => tasks.get(taskArn)?.describe() ?? []),
        failures: named.flatMap((taskArn) => (tasks.has(taskArn) ? [] : { arn: taskArn, reason: 'MISSING' })),
      };
    },
    ListTasks: ({ startedBy, desiredStatus = 'RUNNING' }) => {
      const isListed = (task: LocalTask) => task.token === startedBy && task.desiredStatus === desiredStatus;
      return { taskArns: [...tasks.values()].filter(isListed).map(({ taskArn }) => taskArn) };
    },
    StopTask: ({ task: taskArn, reason }) => {
      const task = tasks.get(String(taskArn));
      if (!task) throw new EcsError('InvalidParameterException', 'The referenced task was not found.');
      task.stop(typeof reason === 'string' ? reason : 'Task stopped by user');
      return { task: task.describe() };
    },
  };
  const service = await serveHttp(async (request, response) => {
    removeOld(tasks, options.now());
    if (request.method === 'GET') return sendLog(tasks, request, response);
    const operation = String(request.headers['x-amz-target']).replace(TARGET_PREFIX, '');
    const respond = (status: number, body: object) =>
      void response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    try {
      const handle = operations[operation];
      if (!handle) throw new EcsError('UnknownOperationException', `ECS operation ${operation} is not emulated.`);
      respond(200, handle(JSON.parse((await readBody(request)).toString())));
    } catch (error) {
      if (!(error instanceof EcsError)) throw error;
      respond(400, { __type: error.code, message: error.message });
    }
  });
  return {
    ...service,
    async stop(graceMs) {
      await Promise.all([...tasks.values()].map((task) => task.kill()));
      await service.stop(graceMs);
    },
  };
}

function runTask(options: EcsOptions, tasks: Map<string, LocalTask>, request: TaskRequest): LocalTask {
  const existing = [...tasks.values()].find(({ token }) => token === request.clientToken);
  if (existing) return existing;
  const { cluster, taskDefinition, group } = request;
  const declared = Object.hasOwn(options.containers, group) ? options.containers[group] : undefined;
  if (declared?.cluster !== cluster || declared.taskDefinition !== taskDefinition) {
    throw new EcsError('ClientException', 'TaskDefinition not found.');
  }
  const command = declared.localCommand;
  if (!command) {
    const family = taskDefinition.split('/').at(-1);
    const message = `task definition ${family} has no local.command, and containers are not emulated on this machine`;
    throw new EcsError('ClientException', message);
  }
  const taskArn = arn('ecs', `task/${cluster.replace(/^.*\//, '')}/${randomUUID().replaceAll('-', '')}`);
  const task = startTask(taskArn, request, { command, cwd: options.cwd, now: options.now });
  tasks.set(taskArn, task);
  void task.ended
    .then(() => options.onStopped(taskArn, task.describeEvent()))
    .catch((error: unknown) => options.log(`the end of ${taskArn} was not reported: ${String(error)}`));
  return task;
}

/** Starts the process of a task. One that Node refuses to start is an error of the request. */
function startTask(...task: ConstructorParameters<typeof LocalTask>): LocalTask {
  try {
    return new LocalTask(...task);
  } catch (error) {
    throw new EcsError('ClientException', error instanceof Error ? error.message : String(error));
  }
}

function removeOld(tasks: Map<string, LocalTask>, now: number): void {
  for (const [taskArn, { stoppedAt }] of tasks) {
    if (stoppedAt !== undefined && now - stoppedAt > STOPPED_MS) tasks.delete(taskArn);
  }
}

function sendLog(tasks: ReadonlyMap<string, LocalTask>, request: IncomingMessage, response: ServerResponse): void {
  const taskArn = new URL(request.url ?? '/', 'http://local').searchParams.get('task') ?? '';
  const task = tasks.get(taskArn);
  response.writeHead(task ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8' }).end(task?.readLog() ?? '');
}
