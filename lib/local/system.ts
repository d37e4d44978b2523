import { mkdirSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { Env } from '../../functions/core/platform/env-names.ts';
import { HttpApi } from './api-gateway/http-api.ts';
import { ensureBuild, keepBuildInUse } from './build.ts';
import { startMaintenance } from './dynamodb/maintenance.ts';
import { startDynamoDb } from './dynamodb/server.ts';
import { ensureTable } from './dynamodb/tables.ts';
import { startEventSources } from './event-sources/event-sources.ts';
import { MessageAttributeCache } from './event-sources/message-attribute-cache.ts';
import { startSqsAndS3 } from './fauxqs/sqs-and-s3.ts';
import { type FunctionIdentity, functionEnvironment, type ServiceUrls } from './function-environment.ts';
import { addAuthorizationHook } from './iam/authorization-hook.ts';
import { startDynamoDbProxy } from './iam/dynamodb-proxy.ts';
import { LocalIam } from './iam/local-iam.ts';
import { startSts } from './iam/sts.ts';
import { recordPort } from './issuer/folder-issuer.ts';
import { CLIENT_ID, ISSUER_PATH, issuerUrl, openIssuer, type TokenRequest } from './issuer/issuer.ts';
import { AccountConcurrency } from './lambda/account-concurrency.ts';
import { LambdaFunction } from './lambda/function.ts';
import type { LogSink } from './lambda/log.ts';
import { startParameterStore } from './parameter-store.ts';
import { startScheduler } from './scheduler/service.ts';
import { type InvocableFunction, QueueSender, schedulerTargets } from './scheduler/targets.ts';
import { ENDPOINTS_FILE } from './settings.ts';
import { ACCOUNT, REGION } from './support/arn.ts';
import { Clock } from './support/clock.ts';
import { writeAtomically } from './support/files.ts';
import { watchFolder } from './support/folder-changes.ts';
import { lockFolder } from './support/folder-lock.ts';
import { serveHttp } from './support/http.ts';
import { readAssembly } from './template/assembly.ts';
import { createPlan, type Plan } from './template/plan.ts';
import { resolveStacks } from './template/resolve.ts';

/** The stage whose template runs here. Names of its resources begin with it. */
const PREFIX = 'jobdeck-local-';

/** Execution environments of all functions together: each costs about 60 MB, and a worker's script as much again. */
const MAXIMUM_ENVIRONMENTS = 24;

/**
 * Of a function that the platform's own schedules invoke. After a clock has jumped, each minute that it left out is made up
 * for: taking turns they are done as soon, without a cold start for each.
 */
const CRON_ENVIRONMENTS = 2;

/** What requests under way have at a stop before their connections are closed. */
const REQUEST_GRACE_MS = 300;

export interface LocalSystemOptions {
  /** Port of the API; 0 takes a free one. */
  readonly port: number;
  /** Where everything that outlives a restart is kept. Made when it is not there. */
  readonly dataDir: string;
  /** @default a new one, which shows real time */
  readonly clock?: Clock;
  /** Takes what functions print, and what goes wrong in the background. @default dropped */
  readonly log?: LogSink;
  /** Told what is being done. @default nobody is */
  readonly progress?: (message: string) => void;
  /**
   * Variables for every function, over those of the template. A test may put itself between the functions and the
   * services by giving other endpoints (`AWS_ENDPOINT_URL_DYNAMODB`).
   *
   * @default none
   */
  readonly env?: (
    services: ServiceUrls,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Folder of the cloud assembly to run. @default the CDK app's local stage, synthesized when its sources changed */
  readonly assembly?: string;
  /** How long an execution environment may be idle before it is ended. @default Lambda's part decides */
  readonly idleMs?: number;
}

/** Jobdeck on this machine. */
export interface LocalSystem {
  /** URL of the API, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly clock: Clock;
  readonly endpoints: ServiceUrls;
  /** By the name of their bundle: `worker`. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** A token that the API takes, issued at the clock's time. */
  issueToken(request: TokenRequest): Promise<string>;
  /** Full name of a table, by its name in the design: `Jobs`. */
  tableName(name: string): string;
  /** URL of a queue, by its name in the design: `runs`, `ticks-dead-letters`. */
  queueUrl(name: string): string;
  /** Full name of a bucket, by its name in the design: `files`. */
  bucketName(name: string): string;
  /** Makes a queue that the template does not have, as a team does for a flow to read; its URL. */
  createQueue(name: string): string;
  /** The environment of a function, by the name of its bundle. */
  env(functionName: string): Readonly<Record<string, string>>;
  /** Settles with a reason when a part of it dies; it must then be stopped. Never settles otherwise. */
  readonly failure: Promise<string>;
  /** Stops everything, busy functions too. Nothing is left behind. */
  stop(): Promise<void>;
}

/**
 * Starts Jobdeck from its own CloudFormation template.
 *
 * @throws FolderTaken when another local system uses the data folder.
 * @throws Error with code `EADDRINUSE` when the port is taken.
 * @throws NotEmulated when the template asks for something that cannot be done here.
 */
export async function startLocal(options: LocalSystemOptions): Promise<LocalSystem> {
  const cleanup = new Cleanup();
  try {
    return await start(options, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

/** What is to be undone at the stop, in the opposite order; each step is tried whatever became of the others. */
class Cleanup {
  readonly #steps: (() => unknown)[] = [];
  #running: Promise<void> | undefined;

  add(step: () => unknown): void {
    this.#steps.unshift(step);
  }

  run(): Promise<void> {
    this.#running ??= (async () => {
      const failures: unknown[] = [];
      for (const step of this.#steps) {
        try {
          await step();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, 'The local system did not stop cleanly.');
    })();
    return this.#running;
  }
}

async function start(options: LocalSystemOptions, cleanup: Cleanup): Promise<LocalSystem> {
  const { dataDir, progress = () => {}, clock = new Clock() } = options;
  const log: LogSink = options.log ?? (() => {});

  // Port and folder come first: a second system must not touch anything. Requests wait until there is an API.
  const api = Promise.withResolvers<(request: IncomingMessage, response: ServerResponse) => unknown>();
  api.promise.catch(() => {});
  const front = await serveHttp(async (request, response) => {
    await (await api.promise)(request, response);
  }, options.port);
  cleanup.add(() => front.stop());
  cleanup.add(lockFolder(dataDir));
  recordPort(dataDir, front.port);

  const ledger = new MessageAttributeCache();
  // Until the template is read, nobody asks but this process.
  let access = new LocalIam([]);
  const refused = (text: string) => log({ functionName: 'iam', level: 'error', text });
  const started = <Service extends { stop(): Promise<void> }>(service: Service): Service => {
    cleanup.add(() => service.stop());
    return service;
  };
  const [assembly, dynamodb, queues, parameters, issuer] = await allSettled([
    options.assembly ?? ensureBuild(() => progress('Synthesizing the template and bundling the functions')),
    startDynamoDb(join(dataDir, 'dynamodb')).then(started),
    startSqsAndS3(dataDir, (app) => {
      ledger.attach(app);
      addAuthorizationHook(app, () => access, refused);
    }).then(started),
    startParameterStore(dataDir, (key, asked) => access.authorize(key, asked)).then(started),
    openIssuer(dataDir, front.port, () => clock.now()),
  ]);

  cleanup.add(keepBuildInUse(assembly));
  const identities = { sqs: queues.url, api: front.url, issuer: issuerUrl(front.port), clientId: CLIENT_ID };
  const plan = createPlan(resolveStacks(readAssembly(assembly), identities));
  access = new LocalIam(plan.roles);
  const tokens = started(await startSts(access, () => clock.now()));
  const items = started(
    await startDynamoDbProxy({ iam: access, tables: plan.tables, url: dynamodb.url, onDenied: refused }),
  );
  for (const { name, attributes } of plan.queues) queues.ensureQueue(name, attributes);
  for (const bucket of plan.buckets) queues.ensureBucket(bucket);
  const streams = new Map<string, string>();
  for (const table of plan.tables) {
    const stream = await ensureTable(dynamodb.url, table);
    if (stream !== undefined) streams.set(table.TableName, stream);
  }

  const sender = new QueueSender(queues.url);
  const byArn = new Map<string, InvocableFunction>();
  const scheduler = started(
    await startScheduler(dataDir, {
      clock,
      targets: schedulerTargets(sender, byArn),
      log: (text) => log({ functionName: 'scheduler', level: 'warn', text }),
    }),
  );
  const endpoints = {
    dynamodb: dynamodb.url,
    sqs: queues.url,
    sts: tokens.url,
    scheduler: scheduler.url,
    ssm: parameters.url,
  };
  writeAtomically(join(dataDir, ENDPOINTS_FILE), JSON.stringify(endpoints));
  cleanup.add(() => rmSync(join(dataDir, ENDPOINTS_FILE), { force: true }));

  const overrides = (await options.env?.(endpoints)) ?? {};
  const environments = new Map<string, Readonly<Record<string, string>>>();
  const functions = new Map<string, LambdaFunction>();
  const account = new AccountConcurrency({ maximumEnvironments: MAXIMUM_ENVIRONMENTS });
  const compileCache = join(assembly, 'compile-cache');
  mkdirSync(compileCache, { recursive: true });
  const crons = new Set(plan.schedules.map(({ Target }) => (Target as { readonly Arn?: string }).Arn));
  // The roles of the functions that act for tenants count: those are narrowed to the tenant of a request.
  const identityOf = (roleArn: string): FunctionIdentity => ({
    accessKeyId: access.accessKeyFor(roleArn),
    dynamodb: items.url,
  });
  for (const { asynchronous, arn, roleArn, env, ...definition } of plan.functions) {
    const shortName = definition.name.replace(PREFIX, '');
    const environment = functionEnvironment(
      env,
      endpoints,
      front.port,
      overrides,
      Env.tenantRoleArn in env ? identityOf(roleArn) : undefined,
    );
    const fn = new LambdaFunction({
      ...definition,
      ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
      ...(crons.has(arn) && { maximumEnvironments: CRON_ENVIRONMENTS }),
      env: environment,
      clock,
      account,
      log,
      compileCache,
    });
    environments.set(shortName, environment);
    functions.set(shortName, fn);
    byArn.set(arn, { fn, asynchronous });
  }
  cleanup.add(() => Promise.all([...functions.values()].map((fn) => fn.stop())));

  const byName = new Map([...functions.values()].map((fn) => [fn.name, fn]));
  const databaseChanges = dynamodb.file === undefined ? undefined : watchFolder(dirname(dynamodb.file));
  cleanup.add(() => databaseChanges?.close());
  const sources = startEventSources(plan, {
    dataDir,
    functions: byName,
    endpoints,
    streams,
    attributeCache: ledger,
    sender,
    log,
    databaseChanges,
  });
  cleanup.add(async () => {
    const stopped = sources.stop();
    queues.endLongPolls();
    await stopped;
  });

  if (dynamodb.file) {
    const upkeep = startMaintenance({
      file: dynamodb.file,
      url: dynamodb.url,
      tables: plan.tables,
      clock,
      readThrough: sources.readThrough,
      log: (text) => log({ functionName: 'dynamodb', level: 'warn', text }),
    });
    cleanup.add(upkeep);
  }

  const gateway = new HttpApi({ routes: routesOf(plan, functions), clock, log });
  scheduler.declare(plan.scheduleGroups, plan.schedules);
  scheduler.start();
  api.resolve((request, response) => {
    const own = request.url === ISSUER_PATH || request.url?.startsWith(`${ISSUER_PATH}/`);
    return own ? issuer.handle(request, response) : gateway.handle(request, response);
  });
  // Comes first at a stop, while the functions can still answer what is under way.
  cleanup.add(() => front.stop(REQUEST_GRACE_MS));

  return {
    url: front.url,
    port: front.port,
    clock,
    endpoints,
    functions,
    failure: dynamodb.exited,
    issueToken: (request) => issuer.issueToken(request, clock.now()),
    tableName: (name) =>
      find(
        plan.tables.map((table) => table.TableName),
        name,
      ),
    queueUrl: (name) =>
      queues.queueUrl(
        find(
          plan.queues.map((queue) => queue.name),
          name,
        ),
      ),
    bucketName: (name) => find(plan.buckets, `${name}-${ACCOUNT}-${REGION}`),
    createQueue: (name) => queues.ensureQueue(name, {}),
    env(functionName) {
      const environment = environments.get(functionName);
      if (!environment)
        throw new Error(`There is no function ${functionName}: ${[...environments.keys()].join(', ')}.`);
      return environment;
    },
    stop: () => cleanup.run(),
  };
}

/** Like Promise.all(), but waits for all also when one fails: what started must be known to be stopped. */
async function allSettled<Values extends readonly unknown[]>(
  promises: {
    readonly [Key in keyof Values]: Values[Key] | Promise<Values[Key]>;
  },
): Promise<Values> {
  await Promise.allSettled(promises);
  return (await Promise.all(promises)) as unknown as Values;
}

function routesOf(plan: Plan, functions: ReadonlyMap<string, LambdaFunction>) {
  return plan.routes.map(({ functionName, ...route }) => {
    const fn = functions.get(functionName.replace(PREFIX, ''));
    if (!fn) throw new Error(`The route ${route.routeKey} leads to ${functionName}, which is not there.`);
    return { ...route, fn };
  });
}

function find(names: readonly string[], name: string): string {
  const found = names.find((full) => full === `${PREFIX}${name.toLowerCase()}`);
  if (found) return found;
  throw new Error(`There is no ${name}. There are: ${names.join(', ')}.`);
}
