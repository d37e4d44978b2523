import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROJECT_LABEL } from '../../../../lib/apply/managed-labels.ts';
import { type CurrentJob, type Plan, planChanges, type WantedJob } from '../../../../lib/apply/plan.ts';
import { anAppliedJob, aWantedJob, PROJECT, TENANT, withManualChange } from '../../../helpers/builders/applied-jobs.ts';

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const texts = fc.constantFrom('', 'x', 'y');
const fields = fc.record(
  {
    id: ids,
    name: fc.constantFrom('A', 'B'),
    schedule: fc.constantFrom(null, '0 6 * * *', 'rate(5 minutes)'),
    args: fc.array(texts, { maxLength: 3 }),
    env: fc.dictionary(fc.constantFrom('A', 'B'), texts),
    labels: fc.dictionary(fc.constantFrom('team', 'area'), texts),
    enabled: fc.boolean(),
    retry: fc.record({ attempts: fc.integer({ min: 1, max: 5 }) }),
  },
  { requiredKeys: ['id'] },
);
const declared = fc.uniqueArray(fields, { selector: ({ id }) => id });
const stored = fc.uniqueArray(
  fc.record({
    job: fields,
    project: fc.constantFrom(PROJECT, 'other', null),
    touched: fc.boolean(),
    copied: fc.boolean(),
  }),
  { selector: ({ job }) => job.id },
);

interface Stored {
  readonly job: { readonly id: string };
  readonly project: string | null;
  readonly touched: boolean;
  /** The job has the labels of another one. */
  readonly copied: boolean;
}

async function toCurrent({ job, project, touched, copied }: Stored) {
  const original = await anAppliedJob(copied ? { ...job, id: 'original' } : job, project ?? PROJECT);
  const applied = withManualChange(original, { id: job.id });
  const unmanaged = project === null ? withManualChange(applied, { labels: {} }) : applied;
  return touched ? withManualChange(unmanaged, { description: 'by hand' }) : unmanaged;
}

/** Returns the jobs of a tenant after a plan was executed. */
function execute(current: readonly CurrentJob[], plan: Plan): readonly CurrentJob[] {
  const jobs = new Map(current.map((job) => [job.definition.id, job]));
  for (const action of plan.actions) {
    if (action.kind === 'delete') jobs.delete(action.current.definition.id);
    else jobs.set(action.job.definition.id, { definition: action.job.definition });
  }
  return [...jobs.values()];
}

const definitionsById = (jobs: readonly (WantedJob | CurrentJob)[]) =>
  new Map(jobs.map(({ definition }) => [definition.id, definition]));

describe('a plan', () => {
  it('leads to the declared jobs, leaves others alone, and is empty afterwards', () =>
    fc.assert(
      fc.asyncProperty(declared, stored, fc.boolean(), async (files, tenant, prune) => {
        const wanted = await Promise.all(files.map((job) => aWantedJob(job)));
        const current = await Promise.all(tenant.map(toCurrent));
        const options = { project: PROJECT, tenant: TENANT, prune };

        const plan = planChanges(wanted, current, options);
        const after = execute(current, plan);

        const state = definitionsById(after);
        for (const { definition } of wanted) {
          // A change by hand to the declared state leaves the label with the digest as it was.
          const { labels, ...rest } = definition;
          expect(state.get(definition.id)).toMatchObject({ ...rest, labels: { [PROJECT_LABEL]: PROJECT } });
          expect(Object.keys(state.get(definition.id)?.labels ?? {}).sort()).toEqual(Object.keys(labels).sort());
        }
        const isDeclared = definitionsById(wanted);
        for (const [i, job] of current.entries()) {
          if (isDeclared.has(job.definition.id)) continue;
          const isPruned = prune && tenant[i]?.project === PROJECT && !tenant[i].copied;
          expect(state.get(job.definition.id)).toEqual(isPruned ? undefined : job.definition);
        }
        expect(planChanges(wanted, after, options)).toMatchObject({ actions: [], unchanged: wanted.length });
      }),
      { numRuns: 200 },
    ));
});
