import type { DefinitionView } from '../../functions/api/definition/definition-view.ts';
import { type FieldChange, findChanges } from './definition-changes.ts';
import { APPLIED_LABEL, appliedLabel, isAppliedTo, type JobOwner, PROJECT_LABEL } from './managed-labels.ts';

const DIGEST_FIELD = `labels.${APPLIED_LABEL}`;

/** A job of the project. */
export interface WantedJob {
  /** File that declares the job, relative to the project. */
  readonly file: string;
  /** The definition with defaults filled in and with both labels of a managed job. */
  readonly definition: DefinitionView;
}

/** A job of the tenant. */
export interface CurrentJob {
  readonly definition: DefinitionView;
  /** Entity tag of the version; `undefined` if it has not been read. */
  readonly etag?: string | undefined;
}

/** A change of one job. */
export type Action =
  | { readonly kind: 'create'; readonly job: WantedJob }
  | ReplaceAction
  | { readonly kind: 'delete'; readonly current: CurrentJob; readonly drifted: boolean };

/** `adopt` replaces a job that the project does not manage yet. */
export interface ReplaceAction {
  readonly kind: 'change' | 'adopt';
  readonly job: WantedJob;
  readonly current: CurrentJob;
  readonly changes: readonly FieldChange[];
  /** The job was changed by other means after the project had been applied last. */
  readonly drifted: boolean;
}

export interface Plan {
  /** Sorted by id, deletions last. */
  readonly actions: readonly Action[];
  /** Number of jobs that are as the project declares them. */
  readonly unchanged: number;
  /** Ids of managed jobs that the project no longer declares and that are kept, because `prune` is not set. */
  readonly kept: readonly string[];
}

export interface PlanOptions extends JobOwner {
  /** Deletes managed jobs that the project no longer declares. */
  readonly prune: boolean;
}

/** Returns the changes that turn the jobs of a tenant into those of the project. Other jobs stay unchanged. */
export function planChanges(
  wanted: readonly WantedJob[],
  current: readonly CurrentJob[],
  { prune, ...owner }: PlanOptions,
): Plan {
  const currentById = new Map(current.map((job) => [job.definition.id, job]));
  const declared = new Set(wanted.map(({ definition }) => definition.id));
  const writes = wanted.flatMap((job): readonly Action[] => {
    const existing = currentById.get(job.definition.id);
    if (!existing) return [{ kind: 'create', job }];
    const kind = isManaged(existing, owner) ? 'change' : 'adopt';
    const fields = findChanges(comparable(existing.definition), comparable(job.definition));
    // A copy of another job of the project lacks its own digest only.
    const changes = fields.length === 0 && kind === 'adopt' ? [digestChange(existing, job)] : fields;
    if (changes.length === 0) return [];
    return [{ kind, job, current: existing, changes, drifted: kind === 'change' && hasDrifted(existing, owner) }];
  });
  const orphans = current.filter(
    (job) => /* guard: apply.prune.managed */ isManaged(job, owner) && !declared.has(job.definition.id),
  );
  const deletions = orphans.map((job): Action => ({ kind: 'delete', current: job, drifted: hasDrifted(job, owner) }));
  return {
    actions: [...byId(writes), ...(prune ? byId(deletions) : [])],
    unchanged: wanted.length - writes.length,
    kept: prune ? [] : orphans.map(({ definition }) => definition.id).sort(),
  };
}

/**
 * @returns whether the action replaces a job of other origin. A job without a project that equals its declaration only
 * gets the labels, like one with the labels of the job from which it was copied.
 */
export function replacesForeignJob(action: Action): boolean {
  if (action.kind !== 'adopt') return false;
  const isLabel = ({ field, before }: FieldChange) =>
    field === DIGEST_FIELD || (field === `labels.${PROJECT_LABEL}` && before === undefined);
  return !action.changes.every(isLabel);
}

/** Returns the definition that the action writes, or that of the deleted job. */
export const definitionOf = (action: Action): DefinitionView =>
  action.kind === 'delete' ? action.current.definition : action.job.definition;

export const idOf = (action: Action): string => definitionOf(action).id;

const byId = (actions: readonly Action[]) => actions.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));

const isManaged = ({ definition: { id, labels } }: CurrentJob, { project, tenant }: JobOwner): boolean =>
  labels[PROJECT_LABEL] === project && /* guard: apply.prune.copy */ isAppliedTo(tenant, id, labels);

const hasDrifted = ({ definition }: CurrentJob, { tenant }: JobOwner): boolean =>
  definition.labels[APPLIED_LABEL] !== appliedLabel(tenant, definition);

const digestChange = (current: CurrentJob, job: WantedJob): FieldChange => ({
  field: DIGEST_FIELD,
  before: current.definition.labels[APPLIED_LABEL],
  after: job.definition.labels[APPLIED_LABEL],
});

/** The digest follows from the other fields. */
function comparable(definition: DefinitionView): Readonly<Record<string, unknown>> {
  const { [APPLIED_LABEL]: _, ...labels } = definition.labels;
  return { ...definition, labels };
}
