import type { HookView } from '../../functions/api/runner/hooks.ts';
import type { HookScheme } from '../../functions/core/domain/hook.ts';
import { type FieldChange, findChanges } from './definition-changes.ts';
import { formatChange } from './format-plan.ts';

/** A hook of the project. */
export interface WantedHook {
  /** File that declares the hook, relative to the project. */
  readonly file: string;
  readonly name: string;
  readonly job: string;
  readonly scheme: HookScheme;
  readonly description: string | null;
  readonly enabled: boolean;
  /** Environment variable with the secret; `null` for the scheme `none`. */
  readonly secretVariable: string | null;
}

/** A hook of the tenant that has a name. */
export type CurrentHook = HookView & { readonly name: string };

/** A change of one hook. `adopt` changes a hook that the project does not manage yet. */
export type HookAction =
  | { readonly kind: 'create'; readonly hook: WantedHook }
  | {
      readonly kind: 'change' | 'adopt';
      readonly hook: WantedHook;
      readonly current: CurrentHook;
      readonly changes: readonly FieldChange[];
    }
  | { readonly kind: 'delete'; readonly current: CurrentHook };

/** The changes of the hooks of a tenant. */
export interface HookPlan {
  /** Sorted by name, deletions last. */
  readonly actions: readonly HookAction[];
  /** Number of hooks that are as the project declares them. */
  readonly unchanged: number;
  /** Names of managed hooks that the project no longer declares and that are kept, because `prune` is not set. */
  readonly kept: readonly string[];
  /** Problems for which the plan cannot be executed: `jobs/a.ts: hook 'deploy': scheme: cannot be changed …`. */
  readonly errors: readonly string[];
}

export interface HookPlanOptions {
  readonly project: string;
  /** Deletes managed hooks that the project no longer declares. */
  readonly prune: boolean;
}

/** Returns the changes that turn the hooks of a tenant into those of the project. Other hooks stay unchanged. */
export function planHooks(
  wanted: readonly WantedHook[],
  existing: readonly CurrentHook[],
  { project, prune }: HookPlanOptions,
): HookPlan {
  const byName = new Map(existing.map((hook) => [hook.name, hook]));
  const declared = new Set(wanted.map(({ name }) => name));
  const errors: string[] = [];
  const writes = wanted.flatMap((hook): readonly HookAction[] => {
    const current = byName.get(hook.name);
    if (!current) return [{ kind: 'create', hook }];
    if (current.scheme !== hook.scheme) {
      const rule = `cannot be changed from ${current.scheme} to ${hook.scheme}: give the hook another name`;
      errors.push(`${hook.file}: hook '${hook.name}': scheme: ${rule}`);
    }
    const changes = findChanges(comparable(current), { ...comparable(hook), managed_by: project });
    const kind = current.managed_by === project ? 'change' : 'adopt';
    return changes.length === 0 ? [] : [{ kind, hook, current, changes }];
  });
  const orphans = existing.filter(
    (hook) => /* guard: apply.prune.hook */ hook.managed_by === project && !declared.has(hook.name),
  );
  const deletions = orphans.map((current): HookAction => ({ kind: 'delete', current }));
  return {
    actions: [...byHookName(writes), ...(prune ? byHookName(deletions) : [])],
    unchanged: wanted.length - writes.length,
    kept: prune ? [] : orphans.map(({ name }) => name).sort(),
    errors,
  };
}

/**
 * @returns whether the action replaces a hook of other origin. A hook without a project that equals its declaration only gets
 * the project.
 */
export const replacesForeignHook = (action: HookAction): boolean =>
  action.kind === 'adopt' && !action.changes.every(({ field, before }) => field === 'managed_by' && before === null);

export const hookNameOf = (action: HookAction): string =>
  action.kind === 'delete' ? action.current.name : action.hook.name;

const byHookName = (actions: readonly HookAction[]) =>
  actions.toSorted((a, b) => (hookNameOf(a) < hookNameOf(b) ? -1 : 1));

/** Picks the fields that a change may set. */
const comparable = (hook: CurrentHook | WantedHook): Readonly<Record<string, unknown>> => ({
  job: hook.job,
  description: hook.description,
  enabled: hook.enabled,
  ...('managed_by' in hook && { managed_by: hook.managed_by }),
});

const SYMBOLS = { create: '+', change: '~', adopt: '>', delete: '-' } as const;

/** Formats the changes of hooks, each with its fields; an empty text without changes. */
export const formatHookPlan = ({ actions, kept }: HookPlan): string =>
  [
    ...actions.flatMap((action) => [formatHeading(action), ...formatDetails(action).map((line) => `      ${line}`)]),
    ...kept.map((name) => `  ! hook ${name} is no longer declared; --prune deletes it`),
  ].join('\n');

function formatHeading(action: HookAction): string {
  const file = action.kind === 'delete' ? '' : ` (${action.hook.file})`;
  return `  ${SYMBOLS[action.kind]} ${action.kind} hook ${hookNameOf(action)}${file}`;
}

function formatDetails(action: HookAction): readonly string[] {
  if (action.kind === 'create') return [`job: ${action.hook.job}`, `scheme: ${action.hook.scheme}`];
  return action.kind === 'delete' ? ['its URL ends'] : action.changes.map(formatChange);
}
