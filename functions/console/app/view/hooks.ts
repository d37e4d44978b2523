import type { Hook } from '../api/types.ts';

/**
 * Returns the names of hooks in labels, by their ids, each once: the name of the hook; for one without a name the job, and for one of several hooks of a job its
 * description, or its id if another hook has the same description or it has none.
 */
export function nameHooks(
  hooks: readonly Pick<Hook, 'id' | 'name' | 'job' | 'description'>[],
): ReadonlyMap<string, string> {
  const ids = new Set(hooks.map(({ id }) => id));
  return new Map(
    hooks.map(({ id, name, job, description }) => {
      if (name !== null) return [id, `the hook ${name}`];
      const siblings = hooks.filter((other) => other.job === job);
      if (siblings.length === 1) return [id, `the hook of ${job}`];
      const isDistinct =
        description !== null &&
        !ids.has(description) &&
        siblings.every((other) => other.id === id || other.description !== description);
      return [id, `the hook of ${job} (${isDistinct ? description : id})`];
    }),
  );
}
