import { findTarget } from '../core/domain/targets/declared-target.ts';
import { createExecutionService } from '../core/executors/external/create-execution-service.ts';
import type { ExecutionService } from '../core/executors/external/execution-service.ts';
import { readDeclaredTargets } from '../core/platform/declared-targets.ts';
import { Env } from '../core/platform/env-names.ts';

/** Creates the services that execute runs, for the declared targets. */
export function createExecutions(): ExecutionService {
  const targets = readDeclaredTargets();
  const taskLogs = process.env[Env.taskLogsUrl];
  return createExecutionService({
    declarations: {
      container: (tenant, target) => findTarget(targets, { type: 'container', target }, tenant),
      stateMachine: (tenant, target) => findTarget(targets, { type: 'stateMachine', target }, tenant),
    },
    isLocal: taskLogs !== undefined,
    ...(taskLogs !== undefined && { readTaskLog: (reference) => readTaskLog(taskLogs, reference) }),
  });
}

async function readTaskLog(url: string, reference: string): Promise<string> {
  const response = await fetch(`${url}?task=${encodeURIComponent(reference)}`);
  return response.ok ? response.text() : '';
}
