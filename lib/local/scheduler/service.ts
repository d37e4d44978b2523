import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Clock } from '../support/clock.ts';
import { type HttpService, readBody, serveHttp } from '../support/http.ts';
import { SchedulerEngine, type SchedulerLog, type SchedulerTargets } from './engine.ts';
import { SchedulerError, validationError } from './errors.ts';
import { groupArn, scheduleArn } from './schedule.ts';
import { type GroupRecord, SchedulerStore } from './store.ts';
import { parseName, parseScheduleRecord } from './validate.ts';

type Input = Readonly<Record<string, unknown>>;

interface Call {
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: Input;
}

type Operation = (call: Call) => object;

/** The local EventBridge Scheduler. */
export interface Scheduler extends HttpService {
  /** Replaces the declared schedules by those of the template, in CloudFormation syntax. */
  declare(groups: readonly string[], schedules: readonly Input[]): void;
  /** Starts firing. Must be called after the targets are available. */
  start(): void;
}

/** Starts EventBridge Scheduler over the protocol of `@aws-sdk/client-scheduler`, with its state in the data folder. */
export async function startScheduler(
  dataDir: string,
  options: { readonly clock: Clock; readonly targets: SchedulerTargets; readonly log: SchedulerLog },
): Promise<Scheduler> {
  const store = new SchedulerStore(join(dataDir, 'scheduler.sqlite'));
  const engine = new SchedulerEngine(store, options.clock, options.targets, options.log);
  const operations = createOperations(engine, () => options.clock.now());

  const http = await serveHttp(async (request, response) => {
    const respond = (status: number, body: object, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    try {
      const { operation, call } = await route(request, operations);
      respond(200, operation(call));
    } catch (error) {
      if (!(error instanceof SchedulerError)) throw error;
      respond(error.status, { Message: error.message }, { 'x-amzn-errortype': error.code });
    }
  });
  return {
    ...http,
    declare(groups, schedules) {
      const known = new Set(engine.groups.map((group) => group.name));
      for (const group of groups) if (!known.has(group)) engine.createGroup(group);
      engine.declare(schedules.map((schedule) => parseScheduleRecord(schedule, options.clock.now())));
    },
    start: () => engine.start(),
    async stop() {
      await http.stop();
      await engine.stop();
    },
  };
}

async function route(
  request: IncomingMessage,
  operations: Readonly<Record<string, Operation>>,
): Promise<{ operation: Operation; call: Call }> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, collection = '', name] = url.pathname.split('/');
  const key = `${request.method ?? ''} /${collection}${name === undefined ? '' : '/{Name}'}`;
  const operation = operations[key];
  if (!operation) throw validationError(`${key} is not emulated by the local scheduler.`);
  const text = (await readBody(request)).toString();
  let body: Input;
  try {
    body = text ? (JSON.parse(text) as Input) : {};
  } catch {
    throw validationError('The request body is not JSON.');
  }
  return { operation, call: { name: decodeURIComponent(name ?? ''), query: url.searchParams, body } };
}

function createOperations(engine: SchedulerEngine, now: () => number): Readonly<Record<string, Operation>> {
  const toArnAndName = ({ name, query }: Call) => {
    const group = parseName(query.get('groupName') ?? 'default', 'groupName');
    return [scheduleArn(group, parseName(name)), name] as const;
  };
  return {
    'POST /schedules/{Name}': ({ name, body }) => {
      const record = parseScheduleRecord({ ...body, Name: name }, now());
      engine.create(record, typeof body.ClientToken === 'string' ? body.ClientToken : null);
      return { ScheduleArn: record.Arn };
    },
    'PUT /schedules/{Name}': ({ name, body }) => {
      const record = parseScheduleRecord({ ...body, Name: name }, now());
      engine.update(record);
      return { ScheduleArn: record.Arn };
    },
    'GET /schedules/{Name}': (call) => engine.schedule(...toArnAndName(call)),
    'DELETE /schedules/{Name}': (call) => {
      engine.delete(...toArnAndName(call));
      return {};
    },
    'GET /schedules': ({ query }) => {
      const group = query.get('ScheduleGroup');
      if (group !== null) engine.assertGroup(group);
      const state = query.get('State');
      const found = engine.schedules
        .filter((s) => (group === null || s.GroupName === group) && (state === null || s.State === state))
        .filter((s) => s.Name.startsWith(query.get('NamePrefix') ?? ''));
      const { page, NextToken } = paginate(found, (s) => s.Arn, query);
      const Schedules = page.map(({ Arn, CreationDate, GroupName, LastModificationDate, Name, State, Target }) => {
        return { Arn, CreationDate, GroupName, LastModificationDate, Name, State, Target: { Arn: Target.Arn } };
      });
      return { Schedules, ...NextToken };
    },
    'POST /schedule-groups/{Name}': ({ name }) => {
      return { ScheduleGroupArn: groupArn(engine.createGroup(parseName(name)).name) };
    },
    'GET /schedule-groups/{Name}': ({ name }) => toGroupView(engine.assertGroup(name)),
    'DELETE /schedule-groups/{Name}': ({ name }) => {
      if (name === 'default') throw validationError('The default schedule group cannot be deleted.');
      engine.deleteGroup(name);
      return {};
    },
    'GET /schedule-groups': ({ query }) => {
      const found = engine.groups.filter((group) => group.name.startsWith(query.get('NamePrefix') ?? ''));
      const { page, NextToken } = paginate(found, (group) => group.name, query);
      return { ScheduleGroups: page.map(toGroupView), ...NextToken };
    },
  };
}

function toGroupView({ name, createdAt }: GroupRecord): object {
  return { Arn: groupArn(name), Name: name, State: 'ACTIVE', CreationDate: createdAt, LastModificationDate: createdAt };
}

/** Returns a page of an ascending list. The page token is the key of the last item. */
function paginate<Item>(items: readonly Item[], key: (item: Item) => string, query: URLSearchParams) {
  const size = Number(query.get('MaxResults') ?? 100);
  if (!Number.isInteger(size) || size < 1 || size > 100) throw validationError('MaxResults must be between 1 and 100.');
  const after = query.get('NextToken') ?? '';
  const rest = items.filter((item) => key(item) > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return { page, NextToken: rest.length > size && last ? { NextToken: key(last) } : {} };
}
