import { createHash } from 'node:crypto';
import type { Labels } from '../../functions/core/domain/labels.ts';

/** Label with the name of the project that manages a job. */
export const PROJECT_LABEL = 'jobdeck-project';
/** Label with the digest of the definition that was applied last. */
export const APPLIED_LABEL = 'jobdeck-applied';

/** Hexadecimal digits of a digest: enough to tell the versions of one job apart. */
const DIGEST_LENGTH = 32;

/** Returns the labels that are the author's own. */
export const ownLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => name !== PROJECT_LABEL && name !== APPLIED_LABEL));

/**
 * Returns the digest of a definition with defaults filled in, for the label `jobdeck-applied`. The two labels of a
 * managed job, absent values and empty ones do not count, so that a new optional field does not look like a change.
 */
export function digestDefinition(definition: { readonly labels: Labels }): string {
  const counted = withoutEmptyValues({ ...definition, labels: ownLabels(definition.labels) });
  return createHash('sha256')
    .update(JSON.stringify(counted) ?? '')
    .digest('hex')
    .slice(0, DIGEST_LENGTH);
}

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
