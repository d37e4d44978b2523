import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dispatchTicks } from '../core/engine/start/dispatch-ticks.ts';
import { createPlatform } from '../core/platform/create-platform.ts';

const platform = createPlatform();

/** Handles ticks from EventBridge Scheduler. Each creates one run or one skipped row. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return dispatchTicks(platform, event);
}
