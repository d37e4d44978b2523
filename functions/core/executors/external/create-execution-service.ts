import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { DeclaredContainer } from '../../domain/targets/container-target.ts';
import type { DeclaredStateMachine } from '../../domain/targets/state-machine-target.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { requestTimeouts } from '../../platform/request-timeouts.ts';
import type { ExecutionRequest, ExecutionService, ExecutionStart, StartedExecution } from './execution-service.ts';

/** Loaded at their first use: few runs are executed by these services. */
const loadEcs = () => import('./ecs.ts');
const loadStepFunctions = () => import('./step-functions.ts');

/** Attempts of a call, and their connection and response timeouts: all together end before the lease of a worker. */
const CLIENT = { maxAttempts: 3, requestHandler: requestTimeouts(2_000, 8_000) } as const;

/** The declared targets that other services execute. */
export interface ExternalDeclarations {
  /** @returns `undefined` if the tenant may not use a container of that name */
  container(tenant: TenantId, name: string): DeclaredContainer | undefined;
  /** @returns `undefined` if the tenant may not use a state machine of that name */
  stateMachine(tenant: TenantId, name: string): DeclaredStateMachine | undefined;
}

/** Options of an {@link ExecutionService}. */
export interface ExecutionServiceOptions {
  readonly declarations: ExternalDeclarations;
  /** `true` on one machine: Step Functions is reached at the endpoint of a declaration only. */
  readonly isLocal: boolean;
  /**
   * Reads the log of an ended task on one machine.
   *
   * @defaultValue CloudWatch Logs, where the declaration names the log
   */
  readonly readTaskLog?: (reference: string) => Promise<string>;
}

/**
 * Creates the services that execute runs; call it once per execution environment. Clients are loaded at their first use.
 */
export function createExecutionService({
  declarations,
  isLocal,
  readTaskLog,
}: ExecutionServiceOptions): ExecutionService {
  let ecs: Promise<ECSClient> | undefined;
  let logs: Promise<CloudWatchLogsClient> | undefined;
  const stepFunctions = new Map<string, Promise<SFNClient>>();
  const ecsClient = () => {
    ecs ??= import('./ecs-client.ts').then(({ ECSClient: Client }) => new Client(CLIENT));
    return ecs;
  };
  const logsClient = () => {
    logs ??= import('./logs-client.ts').then(({ CloudWatchLogsClient: Client }) => new Client(CLIENT));
    return logs;
  };
  const stepFunctionsClient = (endpoint = '') => {
    const existing = stepFunctions.get(endpoint);
    if (existing) return existing;
    const client = import('./step-functions-client.ts').then(
      ({ SFNClient: Client }) => new Client({ ...CLIENT, ...(endpoint && { endpoint }) }),
    );
    stepFunctions.set(endpoint, client);
    return client;
  };
  const endpointOf = ({ tenant, target }: StartedExecution) => declarations.stateMachine(tenant, target)?.endpoint;

  return {
    async start(request) {
      const { target, tenant } = request;
      if (target.type === 'container') {
        const declaration = declarations.container(tenant, target.target);
        if (!declaration) return notDeclared(request);
        return (await loadEcs()).startTask(await ecsClient(), declaration, { ...request, target });
      }
      const declaration = declarations.stateMachine(tenant, target.target);
      if (!declaration) return notDeclared(request);
      if (isLocal && !declaration.endpoint) return notLocal(target.target);
      return (await loadStepFunctions()).startStateMachine(
        await stepFunctionsClient(declaration.endpoint),
        declaration,
        request,
      );
    },
    async find(execution, token) {
      const { type, tenant, target } = execution;
      if (type === 'container') {
        const declaration = declarations.container(tenant, target);
        if (!declaration) throw new WithdrawnTargetError(target);
        return (await loadEcs()).findTask(await ecsClient(), declaration, token);
      }
      const declaration = declarations.stateMachine(tenant, target);
      if (!declaration) throw new WithdrawnTargetError(target);
      if (!isReachable(declaration, isLocal)) return undefined;
      return (await loadStepFunctions()).findStateMachine(
        await stepFunctionsClient(declaration.endpoint),
        declaration,
        token,
      );
    },
    async describe(reference, execution) {
      if (isTask(reference)) {
        return (await loadEcs()).describeTask(await ecsClient(), reference);
      }
      return (await loadStepFunctions()).describeStateMachine(
        await stepFunctionsClient(execution && endpointOf(execution)),
        reference,
      );
    },
    async readEvent(event, reference) {
      return isTask(reference) ? (await loadEcs()).readTaskEvent(event, reference) : undefined;
    },
    async readLog(reference, { type, tenant, target }) {
      if (type !== 'container') return '';
      if (readTaskLog) return readTaskLog(reference);
      const declaration = declarations.container(tenant, target);
      if (!declaration?.log) return '';
      const { log } = declaration;
      return (await import('./task-log.ts')).readTaskLog(await logsClient(), { ...declaration, log }, reference);
    },
    async stop(reference, reason, execution) {
      if (isTask(reference)) return (await loadEcs()).stopTask(await ecsClient(), reference, reason);
      return (await loadStepFunctions()).stopStateMachine(
        await stepFunctionsClient(endpointOf(execution)),
        reference,
        reason,
      );
    },
  };
}

/** The target of an execution is no longer declared, so the place of its execution is not known. */
class WithdrawnTargetError extends Error {
  override readonly name = 'WithdrawnTarget';
  /** A repeated request cannot succeed. */
  readonly $fault = 'client';

  constructor(target: string) {
    super(`'${target}' is no target of this tenant any more, so its execution cannot be found`);
  }
}

const isTask = (reference: string): boolean => reference.split(':')[2] === 'ecs';

const isReachable = ({ endpoint }: DeclaredStateMachine, isLocal: boolean): boolean => !isLocal || Boolean(endpoint);

const notDeclared = ({ target }: ExecutionRequest): ExecutionStart => ({
  refused: `${target.type}.target: '${target.target}' is no target of this tenant`,
  final: true,
});

const notLocal = (name: string): ExecutionStart => ({
  refused: `stateMachine.target: '${name}' has no local.endpoint, and Step Functions is not emulated on this machine`,
  final: true,
});
