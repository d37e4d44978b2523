import type { DeclaredContainer } from '../../../functions/core/domain/targets/container-target.ts';
import type { DeclaredTargets } from '../../../functions/core/domain/targets/declared-target.ts';
import { Env } from '../../../functions/core/platform/env-names.ts';
import type { SqsAndS3 } from '../fauxqs/sqs-and-s3.ts';
import type { Plan } from '../template/plan.ts';
import { eventsQueueName } from './event-bus.ts';

/** Returns the targets that jobs may name, as the template passes them to the worker. */
export function localTargets({ functions }: Pick<Plan, 'functions'>): DeclaredTargets {
  const worker = functions.find(({ name }) => name.endsWith('-worker'));
  return JSON.parse(worker?.env[Env.targets] ?? '{}') as DeclaredTargets;
}

/** Returns the declared containers by name. */
export const containersOf = (targets: DeclaredTargets): Readonly<Record<string, DeclaredContainer>> =>
  Object.fromEntries(
    Object.entries(targets).flatMap(([name, target]) => (target.type === 'container' ? [[name, target]] : [])),
  );

/** Creates the queues of the targets, and those that stand in for event buses. */
export function createTargetQueues(targets: DeclaredTargets, queues: Pick<SqsAndS3, 'ensureQueue'>): void {
  for (const target of Object.values(targets)) {
    if (target.type === 'event') queues.ensureQueue(eventsQueueName(target.eventBus), {});
    if (target.type !== 'queue') continue;
    const name = target.queue.split(':').at(-1) ?? '';
    queues.ensureQueue(name, name.endsWith('.fifo') ? { FifoQueue: 'true' } : {});
  }
}
