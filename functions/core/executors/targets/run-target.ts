import type { CalledTarget } from '../../domain/job.ts';
import { type DeclaredTargets, findTarget, unknownTargetMessage } from '../../domain/targets/declared-target.ts';
import type { Execution, Outcome } from '../execution.ts';
import { notStarted } from '../not-started.ts';
import { runEvent } from './run-event.ts';
import { runLambda } from './run-lambda.ts';
import { runQueue } from './run-queue.ts';

/**
 * Executes the attempt of a run whose job names a declared target. The target is looked up again, because the team may
 * have withdrawn it since the job was defined.
 *
 * @throws TargetUnavailableError
 */
export async function runTarget(
  target: CalledTarget,
  execution: Execution,
  declared: DeclaredTargets,
): Promise<Outcome> {
  const unknown = (): Outcome => ({
    ...notStarted(`${target.type}.target: ${unknownTargetMessage(target)}`),
    final: true,
  });
  switch (target.type) {
    case 'lambda': {
      const fn = findTarget(declared, target, execution.tenant);
      return fn ? runLambda(target, fn, execution) : unknown();
    }
    case 'event': {
      const bus = findTarget(declared, target, execution.tenant);
      return bus ? runEvent(target, bus, execution) : unknown();
    }
    case 'queue': {
      const queue = findTarget(declared, target, execution.tenant);
      return queue ? runQueue(target, queue, execution) : unknown();
    }
  }
}
