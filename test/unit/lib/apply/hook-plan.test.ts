import { describe, expect, it } from 'vitest';
import {
  type CurrentHook,
  formatHookPlan,
  hookNameOf,
  planHooks,
  replacesForeignHook,
  type WantedHook,
} from '../../../../lib/apply/hook-plan.ts';

const wanted = (name: string, overrides: Partial<WantedHook> = {}): WantedHook => ({
  file: 'jobs/hooks.ts',
  name,
  job: 'deploy',
  scheme: 'none',
  description: null,
  enabled: true,
  secretVariable: null,
  ...overrides,
});

const current = (name: string, overrides: Partial<CurrentHook> = {}): CurrentHook => ({
  id: `id-${name}`,
  name,
  managed_by: 'shop',
  job: 'deploy',
  scheme: 'none',
  description: null,
  enabled: true,
  has_secret: false,
  created_at: '2026-11-30T12:00:00.000Z',
  created_by: 'ana',
  previous_valid_until: null,
  ...overrides,
});

const options = { project: 'shop', prune: false };

describe('planHooks', () => {
  it('creates missing hooks, changes others by field, and counts equal ones', () => {
    const existing = [current('b', { job: 'old', enabled: false }), current('c')];

    const plan = planHooks([wanted('c'), wanted('b'), wanted('a')], existing, options);

    expect(plan).toMatchObject({ unchanged: 1, kept: [], errors: [] });
    expect(plan.actions).toEqual([
      { kind: 'create', hook: wanted('a') },
      {
        kind: 'change',
        hook: wanted('b'),
        current: existing[0],
        changes: [
          { field: 'job', before: 'old', after: 'deploy' },
          { field: 'enabled', before: false, after: true },
        ],
      },
    ]);
    expect(formatHookPlan(plan).split('\n')).toEqual([
      '  + create hook a (jobs/hooks.ts)',
      '      job: deploy',
      '      scheme: none',
      '  ~ change hook b (jobs/hooks.ts)',
      '      job: "old" → "deploy"',
      '      enabled: false → true',
    ]);
  });

  it('deletes hooks of the project only, and only if undeclared ones are pruned', () => {
    const existing = [
      current('own'),
      current('foreign', { managed_by: 'other' }),
      current('manual', { managed_by: null }),
    ];

    const kept = planHooks([], existing, options);
    const pruned = planHooks([], existing, { ...options, prune: true });

    expect(kept).toMatchObject({ actions: [], kept: ['own'] });
    expect(pruned.actions.map(hookNameOf)).toEqual(['own']);
    expect(pruned.kept).toEqual([]);
  });

  it('adopts hooks of other origin, which replaces more than the project if they differ', () => {
    const existing = [
      current('equal', { managed_by: null }),
      current('foreign', { managed_by: 'other' }),
      current('other', { managed_by: null, description: 'by hand' }),
    ];

    const { actions } = planHooks([wanted('equal'), wanted('foreign'), wanted('other')], existing, options);

    expect(actions.map(({ kind }) => kind)).toEqual(['adopt', 'adopt', 'adopt']);
    expect(actions.map(replacesForeignHook)).toEqual([false, true, true]);
  });

  it('refuses another scheme', () => {
    const signed = wanted('a', { scheme: 'github', secretVariable: 'SECRET' });

    expect(planHooks([signed], [current('a', { scheme: 'slack' })], options).errors).toEqual([
      "jobs/hooks.ts: hook 'a': scheme: cannot be changed from slack to github: give the hook another name",
    ]);
  });
});
