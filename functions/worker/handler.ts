import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import {
  type ExecutionMessage,
  isExecutionMessage,
  isSliceMessage,
  parseExecutionMessage,
  parseRunMessage,
  type RunMessage,
  type SliceMessage,
} from '../core/domain/messages.ts';
import { processRunMessage } from '../core/engine/execute/process-run-message.ts';
import { createPlatform } from '../core/platform/create-platform.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';
import { createTenantSecrets } from '../core/platform/tenant-secrets.ts';
import { createExecutions } from './execution-service.ts';
import { createFlowPlatform } from './flow-platform.ts';
import { createExecuteTarget } from './target-executor.ts';

const services = createPlatform();
const secrets = createTenantSecrets(services);
const platform = { ...createFlowPlatform(services, secrets), executions: createExecutions() };
const execute = createExecuteTarget(secrets);

type Message = RunMessage | SliceMessage | ExecutionMessage;

/**
 * Executes the runs, or the slices of flow runs, of all messages side by side. A run that fails or is canceled does not
 * affect the others. The setting `runsPerWorker` limits the number of messages.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseMessage, handle, event.Records.length);
}

const parseMessage = (body: string): Message | undefined => parseRunMessage(body) ?? parseExecutionMessage(body);

async function handle(message: Message): Promise<void> {
  if (isExecutionMessage(message)) {
    const { followExecution } = await import('../core/engine/external/external.ts');
    await followExecution(platform, message.execution, message.event);
  } else if (isSliceMessage(message)) {
    // A worker that runs scripts needs none of it.
    const { runSlice } = await import('../core/engine/flow/slice/run-slice.ts');
    await runSlice(platform, message);
  } else await processRunMessage(platform, execute, message);
}
