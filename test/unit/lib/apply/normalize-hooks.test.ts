import { expect, it } from 'vitest';
import { normalizeHooks } from '../../../../lib/apply/normalize-hooks.ts';
import type { HookDefinition } from '../../../../lib/project/define-hook.ts';

const normalize = (hook: object) => normalizeHooks([{ file: 'jobs/hooks.ts', hook: hook as HookDefinition }]);

it('fills in the defaults of a hook', () => {
  expect(normalize({ name: 'deploy', job: 'a' })).toEqual({
    hooks: [
      {
        file: 'jobs/hooks.ts',
        name: 'deploy',
        job: 'a',
        scheme: 'none',
        description: null,
        enabled: true,
        secretVariable: null,
      },
    ],
    errors: [],
  });
  expect(normalize({ name: 'deploy', job: 'a', scheme: 'slack', secret_env: 'S', enabled: false }).hooks).toMatchObject(
    [{ scheme: 'slack', secretVariable: 'S', enabled: false }],
  );
});

it.each([
  [{ job: 'a' }, "hook 'undefined': name: is required (1–64 characters of a–z, 0–9 and -, not starting with -)"],
  [
    { name: 'A', job: 'a' },
    'hook \'A\': name: must be 1–64 characters of a–z, 0–9 and -, not starting with -, got "A"',
  ],
  [{ name: 'a', job: 'a', secret: 'x' }, /^hook 'a': hook: unknown field 'secret'; known are name, job, scheme/],
  [{ name: 'a', job: 'a', scheme: 'github' }, "hook 'a': secret_env: is required for the scheme github"],
  [{ name: 'a', job: 'a', secret_env: 'S' }, "hook 'a': secret_env: must be absent for the scheme none"],
  [
    { name: 'a', job: 'a', scheme: 'github', secret_env: 'a b' },
    'hook \'a\': secret_env: must be the name of an environment variable, got "a b"',
  ],
])('refuses %j', (hook, error) => {
  const { hooks, errors } = normalize(hook);

  expect(hooks).toEqual([]);
  const [text = ''] = errors;
  expect(text.slice('jobs/hooks.ts: '.length)).toEqual(
    typeof error === 'string' ? error : expect.stringMatching(error),
  );
});
