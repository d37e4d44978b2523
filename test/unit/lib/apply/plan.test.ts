import { describe, expect, it } from 'vitest';
import { planChanges, replacesForeignJob } from '../../../../lib/apply/plan.ts';
import { anAppliedJob, aWantedJob, PROJECT, TENANT, withManualChange } from '../../../helpers/builders/applied-jobs.ts';

const KEEP = { project: PROJECT, tenant: TENANT, prune: false };
const PRUNE = { project: PROJECT, tenant: TENANT, prune: true };

describe('planChanges', () => {
  it('creates a job that the tenant lacks', async () => {
    const job = await aWantedJob({ id: 'a' });

    expect(planChanges([job], [], KEEP)).toEqual({ actions: [{ kind: 'create', job }], unchanged: 0, kept: [] });
  });

  it('leaves a job unchanged whose omitted fields have their defaults', async () => {
    const job = await aWantedJob({ id: 'a' });
    const explicit = { id: 'a', enabled: 1, timezone: 'UTC', timeout_seconds: 300, retry: { attempts: 1 }, tags: [] };

    expect(planChanges([job], [await anAppliedJob(explicit)], KEEP)).toEqual({ actions: [], unchanged: 1, kept: [] });
  });

  it('names each changed field of a job', async () => {
    const job = await aWantedJob({ id: 'a', schedule: '0 6 * * *', args: ['x', 'z'], tags: ['t'] } as never);
    const current = await anAppliedJob({ id: 'a', args: ['x', 'y'] } as never);

    expect(planChanges([job], [current], KEEP).actions).toEqual([
      {
        kind: 'change',
        job,
        current,
        drifted: false,
        changes: [
          { field: 'schedule', before: null, after: '0 6 * * *' },
          { field: 'args[1]', before: 'y', after: 'z' },
          { field: 'tags', before: [], after: ['t'] },
        ],
      },
    ]);
  });

  it('marks a job that was changed by hand', async () => {
    const current = withManualChange(await anAppliedJob({ id: 'a' }), { enabled: 0 });

    expect(planChanges([await aWantedJob({ id: 'a' })], [current], KEEP).actions).toMatchObject([
      { kind: 'change', drifted: true, changes: [{ field: 'enabled', before: 0, after: 1 }] },
    ]);
  });

  it('does not mark a job whose file changed, although optional fields were added to definitions since', async () => {
    const applied = await anAppliedJob({ id: 'a' });
    const current = withManualChange(applied, { added: null, list: [] } as never);
    const job = await aWantedJob({ id: 'a', name: 'B' } as never);

    expect(planChanges([job], [current], KEEP).actions).toMatchObject([{ kind: 'change', drifted: false }]);
  });

  it('adopts a job with the id of a declared one that no project or another one manages', async () => {
    const other = await anAppliedJob({ id: 'a' }, 'other');
    const manual = withManualChange(await anAppliedJob({ id: 'b' }), { labels: { team: 'x' } });

    const { actions } = planChanges(
      [await aWantedJob({ id: 'a' }), await aWantedJob({ id: 'b' })],
      [manual, other],
      KEEP,
    );

    expect(actions).toMatchObject([
      { kind: 'adopt', changes: [{ field: 'labels.jobdeck-project', before: 'other', after: PROJECT }] },
      {
        kind: 'adopt',
        changes: [
          { field: 'labels.team', before: 'x', after: undefined },
          { field: 'labels.jobdeck-project', before: undefined, after: PROJECT },
        ],
      },
    ]);
  });

  it('keeps and lists jobs that the project no longer declares, and deletes them last with prune', async () => {
    const former = await anAppliedJob({ id: 'a' });
    const job = await aWantedJob({ id: 'b' });

    expect(planChanges([job], [former], KEEP)).toMatchObject({ actions: [{ kind: 'create' }], kept: ['a'] });
    expect(planChanges([job], [former], PRUNE)).toEqual({
      actions: [
        { kind: 'create', job },
        { kind: 'delete', current: former, drifted: false },
      ],
      unchanged: 0,
      kept: [],
    });
  });

  it('deletes no copy of a job of the project under another id, although the copy has its labels', async () => {
    const original = await anAppliedJob({ id: 'a' });
    const copy = withManualChange(original, { id: 'b' });

    const { actions } = planChanges([], [original, copy], PRUNE);

    expect(actions).toMatchObject([{ kind: 'delete', current: original }]);
  });

  it('deletes no copy in another tenant, although the copy has the labels and the id of its original', async () => {
    const copy = await anAppliedJob({ id: 'a' }, PROJECT, 'globex');

    expect(planChanges([], [copy], PRUNE)).toEqual({ actions: [], unchanged: 0, kept: [] });
  });

  it('adopts a copy under the id of a declared job', async () => {
    const copy = withManualChange(await anAppliedJob({ id: 'a' }), { id: 'b' });
    const equal = await aWantedJob({ id: 'b' });
    const another = await aWantedJob({ id: 'b', name: 'B' } as never);

    const [same] = planChanges([equal], [copy], KEEP).actions;
    const [differing] = planChanges([another], [copy], KEEP).actions;

    expect(same).toMatchObject({ kind: 'adopt', changes: [{ field: 'labels.jobdeck-applied' }] });
    expect(same && replacesForeignJob(same)).toBe(false);
    expect(differing).toMatchObject({ kind: 'adopt', changes: [{ field: 'name' }] });
    expect(differing && replacesForeignJob(differing)).toBe(true);
  });

  it('deletes no job of another project and no job without one', async () => {
    const other = await anAppliedJob({ id: 'a' }, 'other');
    const manual = withManualChange(await anAppliedJob({ id: 'b' }), { labels: {} });

    expect(planChanges([], [other, manual], PRUNE)).toEqual({ actions: [], unchanged: 0, kept: [] });
  });
});
