import { lazy } from '../domain/lazy.ts';
import type { Queues, QueueUrls } from './queues.ts';

/**
 * Returns the platform's queues. The client of SQS is loaded at the first use, because most requests send no message and it
 * takes a twentieth of the CPU time of a start.
 */
export function createQueuesOnDemand(urls: QueueUrls): Queues {
  const open = lazy(async (): Promise<Queues> => {
    const { createQueues, SQSClient } = await import('./sqs-queues.ts');
    return createQueues(new SQSClient({}), urls);
  });
  return {
    sendRun: async (ref, delayMs) => (await open()).sendRun(ref, delayMs),
    sendRuns: async (refs) => (await open()).sendRuns(refs),
    sendSlice: async (ref, task, slice, delayMs) => (await open()).sendSlice(ref, task, slice, delayMs),
    sendTick: async (tick, delayMs) => (await open()).sendTick(tick, delayMs),
    sendNotification: async (delivery, delayMs) => (await open()).sendNotification(delivery, delayMs),
    sendSweeps: async (sweeps) => (await open()).sendSweeps(sweeps),
    sendRefusedNotice: async (notice, error) => (await open()).sendRefusedNotice(notice, error),
  };
}
