import { containerKind } from './container.ts';
import { eventBusKind } from './event-bus.ts';
import { lambdaKind } from './lambda.ts';
import { queueKind } from './queue.ts';
import type { TargetSettings } from './settings.ts';
import { stateMachineKind } from './state-machine.ts';
import type { TargetKind } from './target-kind.ts';

/** The kinds of targets that jobs may name, by the field that selects them. */
const KINDS: Readonly<Record<string, TargetKind>> = {
  lambda: lambdaKind,
  container: containerKind,
  eventBus: eventBusKind,
  queue: queueKind,
  stateMachine: stateMachineKind,
};

/** The fields that select a kind. */
export const KIND_FIELDS: readonly string[] = Object.keys(KINDS);

/** Returns the kind of a target, or `undefined` unless exactly one field selects a kind. */
export function findKind(settings: TargetSettings): TargetKind | undefined {
  const [field = '', ...others] = Object.keys(settings).filter((name) => Object.hasOwn(KINDS, name));
  return others.length > 0 ? undefined : KINDS[field];
}
