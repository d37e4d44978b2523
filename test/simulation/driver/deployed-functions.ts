import './environment.ts';
import type { DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { isSliceMessage, parseNotificationMessage, parseRunMessage } from '../../../functions/core/domain/messages.ts';
import {
  type ExecuteTarget,
  processRunMessage,
  type WorkerPlatform,
} from '../../../functions/core/engine/execute/process-run-message.ts';
import type { FlowPlatform } from '../../../functions/core/engine/flow/flow-platform.ts';
import { runSlice } from '../../../functions/core/engine/flow/slice/run-slice.ts';
import { deliver, type SendDelivery } from '../../../functions/core/engine/notifications/delivery/deliver.ts';
import { createPlatform } from '../../../functions/core/platform/create-platform.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';
import { forEachMessage } from '../../../functions/core/platform/sqs-batch.ts';
import { createTenantSecrets } from '../../../functions/core/platform/tenant-secrets.ts';
import { handler as counters } from '../../../functions/counters/handler.ts';
import { handler as deadNotifications } from '../../../functions/dead-letter/notifications.ts';
import { handler as deadPlatform } from '../../../functions/dead-letter/platform.ts';
import { handler as deadRuns } from '../../../functions/dead-letter/runs.ts';
import { handler as deadTicks } from '../../../functions/dead-letter/ticks.ts';
import { handler as dispatcher } from '../../../functions/dispatcher/handler.ts';
import { handler as notifier } from '../../../functions/notifier/handler.ts';
import { handler as registrar } from '../../../functions/registrar/handler.ts';
import { handler as sweepDispatcher } from '../../../functions/sweep-dispatcher/handler.ts';
import { handler as sweeper } from '../../../functions/sweeper/handler.ts';
import { createFlowPlatform } from '../../../functions/worker/flow-platform.ts';
import { noExecutionService } from '../../helpers/fakes/no-execution-service.ts';
import type { FunctionName } from './timeouts.ts';

/** The dependencies of the platform outside of the simulated AWS services. */
export interface ExternalServices {
  readonly execute: ExecuteTarget;
  readonly open: FlowPlatform['open'];
  readonly send: SendDelivery;
}

export type Handlers = Readonly<Record<FunctionName, (event: unknown) => Promise<unknown>>>;

/**
 * Creates the handlers as they are deployed, with `services` in place of scripts, flow sources and sinks, and receivers
 * of notifications.
 */
export function deployFunctions(outside: ExternalServices): {
  readonly handlers: Handlers;
  readonly platform: Platform;
} {
  const platform = createPlatform();
  const worker: WorkerPlatform = {
    ...createFlowPlatform(platform, createTenantSecrets(platform)),
    open: outside.open,
    executions: noExecutionService,
  };
  return {
    platform,
    handlers: {
      dispatcher: (event) => dispatcher(event as SQSEvent),
      // Follows `worker/handler.ts`, which starts a process for each script.
      worker: (event) =>
        forEachMessage(
          worker.log,
          event as SQSEvent,
          parseRunMessage,
          (message) =>
            isSliceMessage(message) ? runSlice(worker, message) : processRunMessage(worker, outside.execute, message),
          (event as SQSEvent).Records.length,
        ),
      counters: (event) => counters(event as Parameters<typeof counters>[0]),
      notifier: (event) => notifier(event as DynamoDBStreamEvent),
      registrar: (event) => registrar(event as DynamoDBStreamEvent),
      'sweep-dispatcher': () => sweepDispatcher(),
      sweeper: (event) => sweeper(event as SQSEvent),
      // Follows `deliverer/handler.ts`, which sends over the network.
      deliverer: (event) =>
        forEachMessage(platform.log, event as SQSEvent, parseNotificationMessage, (message) =>
          deliver(platform, outside.send, message),
        ),
      'dead-ticks': (event) => deadTicks(event as SQSEvent),
      'dead-runs': (event) => deadRuns(event as SQSEvent),
      'dead-platform': (event) => deadPlatform(event as SQSEvent),
      'dead-notifications': (event) => deadNotifications(event as SQSEvent),
      'dead-registrations': (event) => registrar(event as SQSEvent),
    },
  };
}
