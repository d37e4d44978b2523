import { mkdirSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { Env } from '../../functions/core/platform/env-names.ts';
import { HttpApi } from './api-gateway/http-api.ts';
import { ensureBuild } from './build.ts';
import { keepBuildInUse } from './build-cache.ts';
import { startMaintenance } from './dynamodb/maintenance.ts';
import { startDynamoDb } from './dynamodb/server.ts';
import { StreamIndex } from './dynamodb/stream-index.ts';
import { ensureTable } from './dynamodb/tables.ts';
import { startEcs } from './ecs/service.ts';
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
import { startKms } from './kms.ts';
import { AccountConcurrency } from './lambda/account-concurrency.ts';
import { LambdaFunction } from './lambda/function.ts';
import type { LogSink } from './lambda/log.ts';
import { startsProcesses } from './lambda/starts-processes.ts';
import { startOutbox } from './outbox.ts';
import { startScheduler } from './scheduler/service.ts';
import { type InvocableFunction, QueueSender, schedulerTargets } from './scheduler/targets.ts';
import { ENDPOINTS_FILE } from './settings.ts';
import { ACCOUNT, arn, REGION } from './support/arn.ts';
import { Clock } from './support/clock.ts';
import { writeAtomically } from './support/files.ts';
import { watchFolder } from './support/folder-changes.ts';
import { lockFolder } from './support/folder-lock.ts';
import { serveHttp } from './support/http.ts';
import { startEventBus } from './targets/event-bus.ts';
import { startLambdaService } from './targets/lambda-service.ts';
import { containersOf, createTargetQueues, localTargets } from './targets/local-targets.ts';
import { TargetFunctions } from './targets/target-functions.ts';
import { readAssembly } from './template/assembly.ts';
import { createPlan, type Plan } from './template/plan.ts';
import { resolveStacks } from './template/resolve.ts';

/** Prefix of the resource names of the local stage. */
const PREFIX = 'jobdeck-local-';

/**
 * Maximum number of execution environments of all functions. Each takes about 60 MB, and a script of a worker the same
 * again.
 */
const MAXIMUM_ENVIRONMENTS = 24;

/** Maximum number of environments of a function that is invoked by a platform schedule: its invocations seldom overlap. */
const CRON_ENVIRONMENTS = 2;

/**
 * Milliseconds that an invocation waits for a busy environment before another one is started: about as much as the CPU time
 * of a start.
 */
const COLD_START_DELAY_MS = 250;

/** Milliseconds for running requests to finish on stop. */
const REQUEST_GRACE_MS = 300;

export interface LocalSystemOptions {
  /** Port of the API; 0 selects a free port. */
  readonly port: number;
  /** Folder of all persistent data. Created if missing. */
  readonly dataDir: string;
  /** @default a new clock that shows real time */
  readonly clock?: Clock;
  /** Receives the functions' output and background failures. @default dropped */
  readonly log?: LogSink;
  /** Called with the current step of the start. @default none */
  readonly progress?: (message: string) => void;
  /**
   * Environment variables for all functions, which override those of the template. Tests can put a proxy between the
   * functions and a service (`AWS_ENDPOINT_URL_DYNAMODB`).
   *
   * @default none
   */
  readonly env?: (
    services: ServiceUrls,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /**
   * Folder of the cloud assembly to run, or a function that makes it, which is called after the data folder is locked.
   *
   * @default the CDK app's local stage, synthesized if its sources have changed
   */
  readonly assembly?: string | ((progress: (message: string) => void) => Promise<string>);
  /** Milliseconds after which an idle execution environment is ended. @default the default of `LambdaFunction` */
  readonly idleMs?: number;
}

/** A running local system. */
export interface LocalSystem {
  /** URL of the API, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly clock: Clock;
  readonly endpoints: ServiceUrls;
  /** Functions by bundle name, for example `worker`. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** Issues an API token at the clock's time. */
  issueToken(request: TokenRequest): Promise<string>;
  /** Returns the full name of a table, for example of `Jobs`. */
  tableName(name: string): string;
  /** Returns the URL of a queue, for example of `runs` or `ticks-dead-letters`. */
  queueUrl(name: string): string;
  /** Returns the full name of a bucket, for example of `files`. */
  bucketName(name: string): string;
  /**
   * Creates a queue outside of the template, as an operator does for a flow source.
   *
   * @returns the queue URL
   */
  createQueue(name: string): string;
  /** Returns the environment variables of a function, by bundle name. */
  env(functionName: string): Readonly<Record<string, string>>;
  /** Resolves with a reason if a component fails; the system must then be stopped. Never settles otherwise. */
  readonly failure: Promise<string>;
  /** Stops all components, including running functions. No process is left behind. */
  stop(): Promise<void>;
}

/**
 * Starts Jobdeck from its CloudFormation template.
 *
 * @throws FolderInUseError if another local system uses the data folder
 *
 * @throws Error with code `EADDRINUSE` if the port is in use
 * @throws NotEmulated if the template contains an unsupported resource
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

/** Runs cleanup steps in reverse order. A failed step does not prevent the others. */
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

  // The port and the folder lock come first, so that a second system changes nothing. Requests wait until the API is
  // ready.
  const api = Promise.withResolvers<(request: IncomingMessage, response: ServerResponse) => unknown>();
  api.promise.catch(() => {});
  const httpServer = await serveHttp(async (request, response) => {
    await (await api.promise)(request, response);
  }, options.port);
  cleanup.add(() => httpServer.stop());
  cleanup.add(lockFolder(dataDir));
  recordPort(dataDir, httpServer.port);

  const attributeCache = new MessageAttributeCache();
  // Before the template is read, only this process sends requests.
  let iam = new LocalIam([]);
  const onDenied = (text: string) => log({ functionName: 'iam', level: 'error', text });
  const registered = <Service extends { stop(): Promise<void> }>(service: Service): Service => {
    cleanup.add(() => service.stop());
    return service;
  };
  const [assembly, dynamodb, queues, issuer] = await allSettled([
    findAssembly(options.assembly, progress),
    startDynamoDb(join(dataDir, 'dynamodb')).then(registered),
    startSqsAndS3(dataDir, (app) => {
      attributeCache.attach(app);
      addAuthorizationHook(app, () => iam, onDenied);
    }).then(registered),
    openIssuer(dataDir, httpServer.port, () => clock.now()),
  ]);

  cleanup.add(keepBuildInUse(assembly));
  const identities = { sqs: queues.url, api: httpServer.url, issuer: issuerUrl(httpServer.port), clientId: CLIENT_ID };
  const plan = createPlan(resolveStacks(readAssembly(assembly), identities));
  iam = new LocalIam(plan.roles);
  const tokens = registered(await startSts(iam, () => clock.now()));
  const items = registered(await startDynamoDbProxy({ iam, tables: plan.tables, url: dynamodb.url, onDenied }));
  const keys = registered(
    await startKms({ dataDir, keys: plan.keys, authorize: (key, request) => iam.authorize(key, request), onDenied }),
  );
  for (const { name, attributes } of plan.queues) queues.ensureQueue(name, attributes);
  const targets = localTargets(plan);
  createTargetQueues(targets, queues);
  for (const bucket of plan.buckets) queues.ensureBucket(bucket);
  const streams = new Map<string, string>();
  for (const table of plan.tables) {
    const stream = await ensureTable(dynamodb.url, table);
    if (stream !== undefined) streams.set(table.TableName, stream);
  }

  const sender = new QueueSender(queues.url);
  const events = registered(await startEventBus(sender, log));
  const account = new AccountConcurrency({ maximumEnvironments: MAXIMUM_ENVIRONMENTS });
  const targetFunctions = registered(new TargetFunctions({ folder: join(dataDir, 'targets'), clock, account, log }));
  const lambda = registered(await startLambdaService(targetFunctions));
  const runsQueue = arn('sqs', `${PREFIX}runs`);
  const ecs = registered(
    await startEcs({
      containers: containersOf(targets),
      cwd: process.cwd(),
      now: () => clock.now(),
      onStopped: (execution, event) => sender.send(runsQueue, JSON.stringify({ v: 1, execution, event })),
      log: (text) => log({ functionName: 'ecs', level: 'warn', text }),
    }),
  );
  const outbox = registered(await startOutbox(dataDir, () => clock.now(), log));
  const byArn = new Map<string, InvocableFunction>();
  const scheduler = registered(
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
    kms: keys.url,
    events: events.url,
    lambda: lambda.url,
    ecs: ecs.url,
    email: outbox.url,
  };
  writeAtomically(join(dataDir, ENDPOINTS_FILE), JSON.stringify(endpoints));
  cleanup.add(() => rmSync(join(dataDir, ENDPOINTS_FILE), { force: true }));

  const overrides = (await options.env?.(endpoints)) ?? {};
  await targetFunctions.start(targets, functionEnvironment({}, endpoints, httpServer.port, overrides));
  const environments = new Map<string, Readonly<Record<string, string>>>();
  const functions = new Map<string, LambdaFunction>();
  const compileCache = join(assembly, 'compile-cache');
  mkdirSync(compileCache, { recursive: true });
  const cronFunctionArns = new Set(plan.schedules.map(({ Target }) => (Target as { readonly Arn?: string }).Arn));
  // Roles are enforced for functions that act on behalf of tenants. The worker needs its role to assume those of scripts.
  const createIdentity = (roleArn: string, env: Readonly<Record<string, string>>): FunctionIdentity | undefined => {
    if (Env.tenantRoleArn in env) return { accessKeyId: iam.accessKeyFor(roleArn), dynamodb: items.url };
    if (Env.scriptRoleArns in env) return { accessKeyId: iam.accessKeyFor(roleArn, false) };
    return undefined;
  };
  for (const { asynchronous, arn, roleArn, env, ...definition } of plan.functions) {
    const shortName = definition.name.replace(PREFIX, '');
    const environment = functionEnvironment(env, endpoints, httpServer.port, overrides, createIdentity(roleArn, env));
    const fn = new LambdaFunction({
      ...definition,
      ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
      coldStartDelayMs: COLD_START_DELAY_MS,
      isolation: startsProcesses(definition.bundle) ? 'process' : 'thread',
      ...(cronFunctionArns.has(arn) && { maximumEnvironments: CRON_ENVIRONMENTS }),
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
  const streamIndex = dynamodb.file === undefined ? undefined : new StreamIndex(dynamodb.file);
  cleanup.add(() => streamIndex?.close());
  const sources = startEventSources(plan, {
    dataDir,
    functions: byName,
    endpoints,
    streams,
    queues: queues.client,
    attributeCache,
    sender,
    log,
    databaseChanges,
    streamIndex,
  });
  cleanup.add(async () => {
    const stopped = sources.stop();
    queues.endLongPolls();
    await stopped;
  });

  if (dynamodb.file) {
    const maintenance = startMaintenance({
      file: dynamodb.file,
      url: dynamodb.url,
      tables: plan.tables,
      clock,
      readThrough: sources.readThrough,
      log: (text) => log({ functionName: 'dynamodb', level: 'warn', text }),
    });
    cleanup.add(maintenance);
  }

  const gateway = new HttpApi({ routes: toRoutes(plan, functions), clock, log });
  scheduler.declare(plan.scheduleGroups, plan.schedules);
  scheduler.start();
  api.resolve((request, response) => {
    const isIssuerRequest = request.url === ISSUER_PATH || request.url?.startsWith(`${ISSUER_PATH}/`);
    return isIssuerRequest ? issuer.handle(request, response) : gateway.handle(request, response);
  });
  // Added last and therefore run first, while the functions can still finish running requests.
  cleanup.add(() => httpServer.stop(REQUEST_GRACE_MS));

  return {
    url: httpServer.url,
    port: httpServer.port,
    clock,
    endpoints,
    functions,
    failure: dynamodb.exited,
    issueToken: (request) => issuer.issueToken(request, clock.now()),
    tableName: (name) =>
      findFullName(
        plan.tables.map((table) => table.TableName),
        name,
      ),
    queueUrl: (name) =>
      queues.queueUrl(
        findFullName(
          plan.queues.map((queue) => queue.name),
          name,
        ),
      ),
    bucketName: (name) => findFullName(plan.buckets, `${name}-${ACCOUNT}-${REGION}`),
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

function findAssembly(
  assembly: LocalSystemOptions['assembly'],
  progress: (message: string) => void,
): string | Promise<string> {
  if (typeof assembly === 'function') return assembly(progress);
  return assembly ?? ensureBuild(() => progress('Synthesizing the template and bundling the functions'));
}

/** Waits for all promises even if one rejects: services that have started must be registered for cleanup. */
async function allSettled<Values extends readonly unknown[]>(
  promises: {
    readonly [Key in keyof Values]: Values[Key] | Promise<Values[Key]>;
  },
): Promise<Values> {
  await Promise.allSettled(promises);
  return (await Promise.all(promises)) as unknown as Values;
}

function toRoutes(plan: Plan, functions: ReadonlyMap<string, LambdaFunction>) {
  return plan.routes.map(({ functionName, ...route }) => {
    const fn = functions.get(functionName.replace(PREFIX, ''));
    if (!fn) throw new Error(`The route ${route.routeKey} leads to ${functionName}, which does not exist.`);
    return { ...route, fn };
  });
}

function findFullName(names: readonly string[], name: string): string {
  const found = names.find((full) => full === `${PREFIX}${name.toLowerCase()}`);
  if (found) return found;
  throw new Error(`There is no ${name}. There are: ${names.join(', ')}.`);
}
