import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../lib/project-root.ts';
import { applied } from '../fault/driver/load.ts';
import { MUTATIONS } from '../fault/mutations.ts';

describe('the mutations of the fault suite', () => {
  it.each(MUTATIONS)('find what they change, once: $why', (mutation) => {
    const source = readFileSync(join(projectRoot, mutation.file), 'utf8');

    const mutated = applied(source, mutation);

    expect(mutated).not.toBe(source);
    if (mutation.test === undefined) return;
    const { file, named } = mutation.test;
    expect(readFileSync(join(projectRoot, file), 'utf8')).toContain(named);
  });

  it('say each guard once', () => {
    const names = MUTATIONS.map(({ why }) => why);
    expect(new Set(names).size).toBe(names.length);
  });

  it('refuse what is not there, and what is there twice', () => {
    const edit = { file: 'a.ts', find: 'x', replace: 'y' };
    expect(() => applied('no', edit)).toThrow('a.ts: "x" occurs 0 times, not once');
    expect(() => applied('x x', edit)).toThrow('a.ts: "x" occurs 2 times, not once');
  });
});
