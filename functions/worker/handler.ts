import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { isSliceMessage, parseRunMessage } from '../core/domain/messages.ts';
import { processRunMessage } from '../core/engine/execute/process-run-message.ts';
import { runSlice } from '../core/engine/flow/slice/run-slice.ts';
import { createPlatform } from '../core/platform/create-platform.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';
import { createTenantSecrets } from '../core/platform/tenant-secrets.ts';
import { createFlowPlatform } from './flow-platform.ts';
import { createExecuteTarget } from './target-executor.ts';

const services = createPlatform();
const secrets = createTenantSecrets(services);
const platform = createFlowPlatform(services, secrets);
const execute = createExecuteTarget(secrets);

/**
 * Executes the runs, or the slices of flow runs, of all messages side by side. A run that fails or is canceled does not
 * affect the others. The setting `runsPerWorker` limits the number of messages.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(
    platform.log,
    event,
    parseRunMessage,
    (message) =>
      isSliceMessage(message) ? runSlice(platform, message) : processRunMessage(platform, execute, message),
    event.Records.length,
  );
}
