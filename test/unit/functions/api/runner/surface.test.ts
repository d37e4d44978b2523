import { expect, test } from 'vitest';
import { runnerSurface } from '../../../../../functions/api/runner/surface.ts';
import { surfaces } from '../../../../../functions/api/surfaces.ts';

test('runnerSurface has three public routes: two for the health of the service, one with the tokens of hooks', () => {
  expect(surfaces.find(({ name }) => name === 'runner')).toBe(runnerSurface);
  expect(runnerSurface.routes.filter(({ action }) => action === 'public').map(({ path }) => path)).toEqual([
    '/health',
    '/status',
    '/hooks/{hook}',
  ]);
});
