import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../../../lib/project-root.ts';
import { disableGuard, fileOf, listMarks, unknownNames } from '../../../simulation/driver/guards.ts';
import { MUTATIONS } from '../../../simulation/mutations/index.ts';

describe('MUTATIONS', () => {
  it.each(MUTATIONS)('changes the source at exactly one mark: $guard', (mutation) => {
    const source = readFileSync(join(projectRoot, fileOf(mutation)), 'utf8');

    const mutated = disableGuard(source, mutation);

    expect(mutated).not.toBe(source);
    expect(unknownNames(source, mutated)).toEqual([]);
    if (mutation.test === undefined) return;
    const { file, named } = mutation.test;
    expect(readFileSync(join(projectRoot, file), 'utf8')).toContain(named);
  });

  it('describes each purpose once', () => {
    const purposes = MUTATIONS.map(({ why }) => why);

    expect(new Set(purposes).size).toBe(purposes.length);
  });

  it('has one mutation for each mark in the source', () => {
    const marks = listMarks().map(({ guard }) => guard);
    const mutated = MUTATIONS.map(({ guard }) => guard);

    expect(marks.toSorted()).toEqual(mutated.toSorted());
  });
});
