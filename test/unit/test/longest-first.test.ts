import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TestSpecification, Vitest } from 'vitest/node';
import { projectRoot } from '../../../lib/project-root.ts';
import { LONGEST, LongestFirst } from '../../longest-first.ts';

it('names files that exist', () => {
  expect(LONGEST.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([]);
});

it('puts the longest files first in their project and keeps the order of the projects', async () => {
  const project = (name: string) => ({
    name,
    config: { root: projectRoot, isolate: false, sequence: { groupOrder: 0 } },
  });
  const [first, second] = [project('a'), project('b')];
  const specification = (of: object, file: string) =>
    ({ project: of, moduleId: join(projectRoot, file) }) as unknown as TestSpecification;
  const [longest = '', next = ''] = LONGEST;
  const state = { cache: { getTestSpecificationResult: () => ({ failed: false, duration: 1 }) } } as unknown as Vitest;
  const other = 'test/unit/test/longest-first.test.ts';

  const sorted = await new LongestFirst(state).sort([
    specification(second, longest),
    specification(first, other),
    specification(first, next),
    specification(first, longest),
  ]);

  expect(sorted.map(({ project: { name }, moduleId }) => [name, moduleId.slice(projectRoot.length + 1)])).toEqual([
    ['a', longest],
    ['a', next],
    ['a', other],
    ['b', longest],
  ]);
});
