import type { Plan } from '../../../domain/flow/plan.ts';
import type { RunRef } from '../../../domain/run.ts';
import type { Objects } from '../../../platform/objects.ts';
import { formatPlan, parsePlan } from '../../../store/flow-objects.ts';
import { planObjectKey } from '../../../store/keys.ts';

/** Plans cached per execution environment. A plan never changes. */
const CACHE_SIZE = 8;
const cache = new Map<string, Plan>();

export async function savePlan(objects: Objects, run: RunRef, attempt: number, plan: Plan): Promise<void> {
  await objects.put(planObjectKey(run, attempt), formatPlan(plan), 'application/json');
}

/**
 * Loads the plan of a run.
 *
 * @returns `undefined` if the plan was removed together with its run
 */
export async function loadPlan(objects: Objects, run: RunRef, attempt: number): Promise<Plan | undefined> {
  const key = planObjectKey(run, attempt);
  const known = cache.get(key);
  if (known) return known;
  const text = await objects.getText(key);
  if (text === undefined) return undefined;
  const plan = parsePlan(text);
  const [oldest] = cache.keys();
  if (cache.size >= CACHE_SIZE && oldest !== undefined) cache.delete(oldest);
  cache.set(key, plan);
  return plan;
}
