import { describe, expect, it } from 'vitest';
import { nameHooks } from '../../../../../../functions/console/app/view/hooks.ts';

describe('nameHooks', () => {
  const hook = (id: string, job: string, description: string | null = null) => ({ id, name: null, job, description });

  it('names the only hook of a job by the job', () => {
    expect([...nameHooks([hook('h1', 'a', 'From GitHub'), hook('h2', 'b')])]).toEqual([
      ['h1', 'the hook of a'],
      ['h2', 'the hook of b'],
    ]);
  });

  it('uses the name of a hook that has one', () => {
    const hooks = [hook('h1', 'a'), { ...hook('h2', 'a', 'GitHub'), name: 'deploy-main' }];

    expect([...nameHooks(hooks).values()]).toEqual(['the hook of a (h1)', 'the hook deploy-main']);
  });

  it('distinguishes hooks of one job by their descriptions, and by their ids if these are equal or missing', () => {
    const hooks = [hook('h1', 'a', 'GitHub'), hook('h2', 'a', 'Same'), hook('h3', 'a', 'Same'), hook('h4', 'a')];

    expect([...nameHooks(hooks).values()]).toEqual([
      'the hook of a (GitHub)',
      'the hook of a (h2)',
      'the hook of a (h3)',
      'the hook of a (h4)',
    ]);
  });

  it('distinguishes a description from an equal id of another hook', () => {
    const names = nameHooks([hook('h1', 'a', 'h2'), hook('h2', 'a')]);

    expect(new Set(names.values()).size).toBe(2);
  });
});
