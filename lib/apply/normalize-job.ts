import {
  type DefinitionView,
  definitionFields,
  toDefinitionView,
} from '../../functions/api/definition/definition-view.ts';
import { jobRequest } from '../../functions/api/definition/job-request.ts';
import { toDefinition } from '../../functions/api/definition/to-definition.ts';
import { toFieldErrors } from '../../functions/api/http/validate.ts';
import { type Definition, validateDefinition } from '../../functions/core/domain/definition.ts';
import { InvalidInput } from '../../functions/core/domain/errors.ts';
import type { Labels } from '../../functions/core/domain/labels.ts';
import { APPLIED_LABEL, appliedLabel, type JobOwner, ownLabels, PROJECT_LABEL } from './managed-labels.ts';
import type { WantedJob } from './plan.ts';

/** A job as a file declares it. */
export interface DeclaredJob {
  /** Relative to the project. */
  readonly file: string;
  readonly job: object;
}

/** Jobs that are valid, and the problems of the others: `jobs/a.ts: job 'a': schedule: must be …`. */
export interface NormalizedJobs {
  readonly jobs: readonly WantedJob[];
  readonly errors: readonly string[];
}

/**
 * Fills in defaults as the API does, adds the labels of a managed job and validates. The API itself validates what only
 * the API knows: deployed scripts, declared targets, private networks and the limits of the tenant.
 *
 * @param now epoch milliseconds
 */
export async function normalizeJobs(
  declared: readonly DeclaredJob[],
  { project, tenant }: JobOwner,
  now: number,
): Promise<NormalizedJobs> {
  const { findExpressionFault } = await import('../../functions/core/executors/flow/transforms/expression-fault.ts');
  const jobs: WantedJob[] = [];
  const errors: string[] = [];
  for (const { file, job } of declared) {
    const request = withManagedLabels(job, project);
    const label = `${file}: job '${String(request.id)}'`;
    const parsed = jobRequest().safeParse(request);
    if (!parsed.success) {
      errors.push(...toFieldErrors(parsed.error, 'body').map(({ field, message }) => `${label}: ${field}: ${message}`));
      continue;
    }
    try {
      const definition = toDefinition(parsed.data);
      validateDefinition(definition, {
        now,
        createdAt: new Date(now).toISOString(),
        // Whether a schedule fires again depends on the stored job. The API checks it.
        before: definition,
        knownScripts: parsed.data.type === 'script' ? [parsed.data.script] : [],
        scriptsWithRole: [],
        validateExpression: findExpressionFault,
        plainHttp: true,
        email: true,
        mayName: () => true,
      });
      jobs.push({ file, definition: withDigest(tenant, toView(parsed.data.id, definition)) });
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      errors.push(`${label}: ${error.message}`);
    }
  }
  return { jobs, errors };
}

/** Fills in the defaults of a job. @returns `undefined` if its fields are invalid */
export function normalizeDefinition(job: object): DefinitionView | undefined {
  const parsed = jobRequest().safeParse(job);
  if (!parsed.success) return undefined;
  try {
    return toView(parsed.data.id, toDefinition(parsed.data));
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}

/** Picks the fields of a definition from a response of the API. */
export function pickDefinition(view: DefinitionView): DefinitionView {
  const fields = view as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(definitionFields()).map((name) => [name, fields[name]]),
  ) as unknown as DefinitionView;
}

function withManagedLabels(job: object, project: string): Readonly<Record<string, unknown>> {
  const { labels = {} } = job as { readonly labels?: unknown };
  const isMap = typeof labels === 'object' && !Array.isArray(labels);
  // The digest is computed from the parsed job. Its place is taken, so that the number of labels is validated.
  const managed = { [PROJECT_LABEL]: project, [APPLIED_LABEL]: '' };
  return { ...job, labels: isMap ? { ...ownLabels((labels ?? {}) as Labels), ...managed } : labels };
}

function toView(id: string, definition: Definition): DefinitionView {
  const view = toDefinitionView({ ...definition, ...NO_IDENTITY, id });
  // The values that JSON cannot hold are absent, as in a response.
  return JSON.parse(JSON.stringify(view)) as DefinitionView;
}

/** The fields of a job that its definition lacks and that the view does not show. */
const NO_IDENTITY = { tenant: '' as never, incarnation: '', version: 0, createdAt: '', updatedAt: '' };

const withDigest = (tenant: string, view: DefinitionView): DefinitionView => ({
  ...view,
  labels: { ...view.labels, [APPLIED_LABEL]: appliedLabel(tenant, view) },
});
