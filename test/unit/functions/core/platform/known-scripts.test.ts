import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

async function knownScripts(list: string) {
  vi.stubEnv('JOBDECK_SCRIPTS', list);
  return (await import('../../../../../functions/core/platform/known-scripts.ts')).knownScripts;
}

it('returns the list of the build, sorted', async () => {
  expect(await knownScripts('["sleep","echo"]')).toEqual(['echo', 'sleep']);
});

it('returns an empty list without a list of the build', async () => {
  expect(await knownScripts('')).toEqual([]);
});

it.each(['"echo"', '[1]', '{}'])('rejects %s, which is not a list of names', async (list) => {
  await expect(knownScripts(list)).rejects.toThrow(`JOBDECK_SCRIPTS: must be a JSON list of names, got ${list}`);
});
