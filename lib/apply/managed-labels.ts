import { createHash } from 'node:crypto';
import { NO_CATCH_UP } from '../../functions/core/domain/catch-up.ts';
import type { Labels } from '../../functions/core/domain/labels.ts';
import { DEFAULT_PRIORITY } from '../../functions/core/domain/run-priority.ts';

/** A project, and the tenant to which its jobs are applied. */
export interface JobOwner {
  readonly project: string;
  readonly tenant: string;
}

/** Label with the name of the project that manages a job. */
export const PROJECT_LABEL = 'jobdeck-project';
/**
 * Label with digests of the job's tenant and id and of the definition that was applied last: `<identity>-<definition>`.
 */
export const APPLIED_LABEL = 'jobdeck-applied';

/** Hexadecimal digits of a digest: enough to tell the versions of one job apart. */
const DIGEST_LENGTH = 32;
/** Hexadecimal digits of the digest of a tenant and an id: enough to tell the jobs of all tenants apart. */
const IDENTITY_DIGEST_LENGTH = 16;

/** Returns the labels that are the author's own. */
export const ownLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => name !== PROJECT_LABEL && name !== APPLIED_LABEL));

/** Returns the value of the label `jobdeck-applied` for a definition with defaults filled in. */
export const appliedLabel = (tenant: string, definition: { readonly id: string; readonly labels: Labels }): string =>
  `${digestIdentity(tenant, definition.id)}-${digestDefinition(definition)}`;

/**
 * @returns whether `apply` wrote the labels of the tenant's job with this id. A copy of a job, under another id or in
 * another tenant, has the labels of its original
 */
export const isAppliedTo = (tenant: string, id: string, labels: Labels): boolean =>
  labels[APPLIED_LABEL]?.startsWith(`${digestIdentity(tenant, id)}-`) ?? false;

/** Returns a job to be created, whose labels may be those of another job, without the labels of a managed job. */
export function withoutManagedLabels<Job extends object>(job: Job): Job {
  const { labels } = job as { readonly labels?: unknown };
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return job;
  const isCopied = typeof (labels as Labels)[APPLIED_LABEL] === 'string';
  return isCopied ? { ...job, labels: ownLabels(labels as Labels) } : job;
}

/** A tenant's name and an id hold no line feed. */
const digestIdentity = (tenant: string, id: string) => sha256(`${tenant}\n${id}`).slice(0, IDENTITY_DIGEST_LENGTH);

/** Defaults of fields that are not empty and that jobs of earlier versions lack. */
const LATER_DEFAULTS: { readonly [name in 'priority' | 'catch_up_window_s' | 'catch_up_limit']: number } & {
  readonly catch_up: string;
} = {
  priority: DEFAULT_PRIORITY,
  catch_up: NO_CATCH_UP.mode,
  catch_up_window_s: NO_CATCH_UP.windowSeconds,
  catch_up_limit: NO_CATCH_UP.limit,
};

/**
 * Returns the digest of a definition with defaults filled in. The two labels of a managed job, absent values, empty ones
 * and the defaults of fields that earlier versions lack do not count, so that a new optional field does not look like a
 * change.
 */
export function digestDefinition(definition: { readonly labels: Labels } & Partial<typeof LATER_DEFAULTS>): string {
  const later = Object.entries(LATER_DEFAULTS).map(([name, value]) => {
    const given = definition[name as keyof typeof LATER_DEFAULTS];
    return [name, given === value ? null : given];
  });
  const counted = withoutEmptyValues({
    ...definition,
    ...Object.fromEntries(later),
    labels: ownLabels(definition.labels),
  });
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
