import { cycleError, findCycle } from '../../functions/core/domain/after.ts';
import type { WantedJob } from './plan.ts';

/** The parts of a definition that determine its place. */
interface Dependent {
  readonly id: string;
  readonly after: { readonly jobs: readonly { readonly job: string }[] } | null;
}

const upstreamOf = ({ after }: Dependent): readonly string[] => after?.jobs.map(({ job }) => job) ?? [];

/**
 * Splits jobs into levels: the upstream jobs of a job (`after`) are in levels before its own. Jobs of a level keep their
 * order and are independent of each other.
 *
 * @param definitionOf returns the definition of a job; definitions must have no cycle
 */
export function toLevels<Item>(
  items: readonly Item[],
  definitionOf: (item: Item) => Dependent,
): readonly (readonly Item[])[] {
  const levels: Item[][] = [];
  let left = items;
  while (left.length > 0) {
    const waiting = new Set(left.map((item) => definitionOf(item).id));
    const ready = left.filter((item) => !upstreamOf(definitionOf(item)).some((job) => waiting.has(job)));
    // A cycle, which the API refuses.
    const level = ready.length > 0 ? ready : left;
    levels.push([...level]);
    left = left.filter((item) => !level.includes(item));
  }
  return levels;
}

/**
 * Finds the cycles that the jobs of a project close.
 *
 * @returns the problems: `jobs/a.ts: job 'a': after: must not close a cycle, got a → b → a`; one for each cycle
 */
export function findCycles(jobs: readonly WantedJob[]): readonly string[] {
  const byId = new Map(jobs.map(({ definition }) => [definition.id, definition]));
  const reported = new Set<string>();
  return jobs.flatMap(({ file, definition: { id } }) => {
    const cycle = findCycle(id, (job) => {
      const definition = byId.get(job);
      return definition ? upstreamOf(definition) : [];
    });
    if (!cycle || cycle.some((job) => reported.has(job))) return [];
    for (const job of cycle) reported.add(job);
    return [`${file}: job '${id}': ${cycleError(cycle).message}`];
  });
}
