import { describe, expect, it } from 'vitest';
import { type DefinitionView, toDefinitionView } from '../../../../functions/api/definition/definition-view.ts';
import { appliedLabel, digestDefinition, withoutManagedLabels } from '../../../../lib/apply/managed-labels.ts';
import { normalizeJobs, pickDefinition } from '../../../../lib/apply/normalize-job.ts';
import { PROJECT, TENANT } from '../../../helpers/builders/applied-jobs.ts';
import { aJob } from '../../../helpers/builders/jobs.ts';
import { START } from '../../../helpers/fakes/platform.ts';

const normalize = (...jobs: readonly object[]) =>
  normalizeJobs(
    jobs.map((job, i) => ({ file: `jobs/${i}.ts`, job })),
    { project: PROJECT, tenant: TENANT },
    START,
  );

describe('normalizeJobs', () => {
  it('adds the name of the project and the digest of the definition as labels', async () => {
    const { jobs, errors } = await normalize({ id: 'a', name: 'A', script: 'echo', labels: { team: 'x' } });

    expect(errors).toEqual([]);
    const [{ definition } = { definition: undefined }] = jobs;
    expect(definition?.labels).toEqual({
      team: 'x',
      'jobdeck-project': PROJECT,
      'jobdeck-applied': definition && appliedLabel(TENANT, definition),
    });
  });

  it('accepts the output of jobs get: read-only fields and the labels of an earlier apply are ignored', async () => {
    const view = {
      ...toDefinitionView(aJob({ labels: { 'jobdeck-project': 'other', 'jobdeck-applied': 'x' } })),
      next_run: null,
      created_at: '2026-03-02T01:00:00.000Z',
      updated_at: '2026-03-02T01:00:00.000Z',
      registration: null,
    };

    const { jobs, errors } = await normalize(view);

    expect(errors).toEqual([]);
    expect({ ...jobs[0]?.definition, labels: {} }).toEqual({ ...pickDefinition(view), labels: {} });
  });

  it('reports each problem with its file, its job and its field, and keeps the valid jobs', async () => {
    const { jobs, errors } = await normalize(
      { id: 'good', name: 'A', script: 'echo' },
      { id: 'bad', name: 1, script: 'echo', timeout_ms: 5, color: 'red' },
      { id: 'cron', name: 'A', script: 'echo', schedule: 'yearly' },
      { id: 'both', name: 'A', http: { url: 'https://a.test' }, script: 'echo' },
      {
        id: 'map',
        name: 'A',
        flow: {
          sources: [{ type: 'generate', count: 1 }],
          transforms: [{ type: 'map', to: '(' }],
          sinks: [{ type: 'preview' }],
        },
      },
      { id: 'twice', name: 'A', script: 'echo', timeout_ms: 2_000, timeout_seconds: 3 },
      {
        id: 'labels',
        name: 'A',
        script: 'echo',
        labels: Object.fromEntries(Array.from({ length: 19 }, (_, i) => [`l${i}`, ''])),
      },
      { id: 'list', name: 'A', script: 'echo', labels: ['x'] },
    );

    expect(jobs.map(({ file }) => file)).toEqual(['jobs/0.ts']);
    const report = errors.join('\n');
    for (const problem of [
      /^jobs\/1.ts: job 'bad': name: must be text/m,
      /^jobs\/1.ts: job 'bad': timeout_ms: must be/m,
      /^jobs\/1.ts: job 'bad': .*color/m,
      /^jobs\/2.ts: job 'cron': schedule: /m,
      /^jobs\/3.ts: job 'both': script: must be absent: the job's type is http/m,
      /^jobs\/4.ts: job 'map': flow.transforms\[0\].to: /m,
      /^jobs\/5.ts: job 'twice': timeout_seconds: must be the same time/m,
      /^jobs\/6.ts: job 'labels': labels: must have at most 20 names, got 21/m,
      /^jobs\/7.ts: job 'list': labels: must be an object/m,
    ]) {
      expect(report).toMatch(problem);
    }
  });

  it('leaves to the API whether a schedule fires again, which depends on the stored job', async () => {
    const { errors } = await normalize({ id: 'once', name: 'A', script: 'echo', schedule: 'at(2020-01-01T00:00:00)' });

    expect(errors).toEqual([]);
  });
});

describe('digestDefinition', () => {
  it('counts no empty values and no order of names, but places in lists', () => {
    const digest = (fields: object) => digestDefinition({ labels: {}, ...fields });

    expect(digest({ a: { x: 1, y: null }, b: [] })).toBe(digest({ a: { x: 1 } }));
    expect(digest({ a: 1, b: 2 })).toBe(digest({ b: 2, a: 1 }));
    expect(digest({ a: [null, 1] })).not.toBe(digest({ a: [1] }));
    expect(digest({ a: '' })).not.toBe(digest({}));
  });

  it('does not count the default priority, which jobs of earlier versions lack', () => {
    const digest = (fields: { readonly priority?: number }) => digestDefinition({ labels: {}, ...fields });

    expect(digest({ priority: 3 })).toBe(digest({}));
    expect(digest({ priority: 2 })).not.toBe(digest({}));
  });

  it('does not count the defaults of the rule for missed ticks, which jobs of earlier versions lack', () => {
    const digest = (fields: object) => digestDefinition({ labels: {}, ...fields });

    expect(digest({ catch_up: 'none', catch_up_window_s: 86_400, catch_up_limit: 100 })).toBe(digest({}));
    expect(new Set([{ catch_up: 'all' }, { catch_up_window_s: 60 }, { catch_up_limit: 5 }, {}].map(digest)).size).toBe(
      4,
    );
  });
});

describe('withoutManagedLabels', () => {
  it('removes the labels of a managed job from a copy, and no others', async () => {
    const { jobs } = await normalize({ id: 'a', name: 'A', script: 'echo', labels: { team: 'x' } });
    const applied = jobs[0]?.definition as DefinitionView;

    expect(withoutManagedLabels({ ...applied, id: 'b' })).toEqual({ ...applied, id: 'b', labels: { team: 'x' } });
    expect(withoutManagedLabels(applied)).toEqual({ ...applied, labels: { team: 'x' } });
  });

  it.each([[{ id: 'a' }], [{ id: 'a', labels: null }], [{ id: 'a', labels: ['x'] }], [{ id: 1, labels: {} }]])(
    'returns %j as it is, for the API to validate',
    (job) => {
      expect(withoutManagedLabels(job)).toBe(job);
    },
  );
});
