import { createHash } from 'node:crypto';
import type { Labels } from '../../functions/core/domain/labels.ts';

/** Label with the name of the project that manages a job. */
export const PROJECT_LABEL = 'jobdeck-project';
/** Label with digests of the job's id and of the definition that was applied last: `<id>-<definition>`. */
export const APPLIED_LABEL = 'jobdeck-applied';

/** Hexadecimal digits of a digest: enough to tell the versions of one job apart. */
const DIGEST_LENGTH = 32;
/** Hexadecimal digits of the digest of an id: enough to tell the jobs of a tenant apart. */
const ID_DIGEST_LENGTH = 16;

/** Returns the labels that are the author's own. */
export const ownLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => name !== PROJECT_LABEL && name !== APPLIED_LABEL));

/** Returns the value of the label `jobdeck-applied` for a definition with defaults filled in. */
export const appliedLabel = (definition: { readonly id: string; readonly labels: Labels }): string =>
  `${digestId(definition.id)}-${digestDefinition(definition)}`;

/** @returns whether `apply` wrote the labels of the job with this id. A copy of a job has the labels of its original */
export const isAppliedTo = (id: string, labels: Labels): boolean =>
  labels[APPLIED_LABEL]?.startsWith(`${digestId(id)}-`) ?? false;

/** Returns a job to be created without the labels of a managed job if they are those of another job. */
export function withoutLabelsOfOriginal<Job extends object>(job: Job): Job {
  const { id, labels } = job as { readonly id?: unknown; readonly labels?: unknown };
  if (typeof id !== 'string' || typeof labels !== 'object' || labels === null || Array.isArray(labels)) return job;
  const isCopied = typeof (labels as Labels)[APPLIED_LABEL] === 'string' && !isAppliedTo(id, labels as Labels);
  return isCopied ? { ...job, labels: ownLabels(labels as Labels) } : job;
}

const digestId = (id: string) => sha256(id).slice(0, ID_DIGEST_LENGTH);

/**
 * Returns the digest of a definition with defaults filled in. The two labels of a
 * managed job, absent values and empty ones do not count, so that a new optional field does not look like a change.
 */
export function digestDefinition(definition: { readonly labels: Labels }): string {
  const counted = withoutEmptyValues({ ...definition, labels: ownLabels(definition.labels) });
  return sha256(JSON.stringify(counted) ?? '').slice(0, DIGEST_LENGTH);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Returns a value with its names sorted and without `null`, `undefined`, empty lists and empty objects. */
function withoutEmptyValues(value: unknown): unknown {
  // Elements of a list keep their places.
  if (Array.isArray(value))
    return value.length > 0 ? value.map((element) => withoutEmptyValues(element) ?? null) : undefined;
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, withoutEmptyValues(inner)] as const)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
