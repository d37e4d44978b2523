import { findTarget } from '../core/domain/targets/declared-target.ts';
import { createExecutionService } from '../core/executors/external/create-execution-service.ts';
import type { ExecutionService } from '../core/executors/external/execution-service.ts';
import { readDeclaredTargets } from '../core/platform/declared-targets.ts';

/** Path of the log of a task on one machine (`lib/local/ecs`). */
const LOG_PATH = '/logs';

/** Creates the services that execute runs, for the declared targets. */
export function createExecutions(): ExecutionService {
  const targets = readDeclaredTargets();
  // Set by the local system only.
  const localEcs = process.env.AWS_ENDPOINT_URL_ECS;
  return createExecutionService({
    declarations: {
      container: (tenant, target) => findTarget(targets, { type: 'container', target }, tenant),
      stateMachine: (tenant, target) => findTarget(targets, { type: 'stateMachine', target }, tenant),
    },
    isLocal: localEcs !== undefined,
    ...(localEcs !== undefined && { readTaskLog: (reference) => readLocalLog(localEcs, reference) }),
  });
}

async function readLocalLog(endpoint: string, reference: string): Promise<string> {
  const response = await fetch(`${endpoint}${LOG_PATH}?task=${encodeURIComponent(reference)}`);
  return response.ok ? response.text() : '';
}
