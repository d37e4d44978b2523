import { describe, expect, test } from 'vitest';
import { EntryMemory } from '../../functions/console/app/history/entry-memory.ts';

describe('EntryMemory', () => {
  test('recalls data and scroll position of an entry that is visited again', () => {
    const memory = new EntryMemory(0);
    memory.remember('jobs', ['a']);
    memory.push(1, 300);
    memory.remember('jobs', ['b']);

    expect(memory.recall('jobs')).toBeUndefined();
    expect(memory.visit(0, 40)).toBe(300);
    expect(memory.recall('jobs')).toEqual(['a']);
    expect(memory.visit(1, 300)).toBe(40);
    expect(memory.recall('jobs')).toEqual(['b']);
  });

  test('recalls nothing once the page stands as it was left', () => {
    const memory = new EntryMemory(0);
    memory.remember('jobs', ['a']);
    memory.push(1, 0);
    memory.visit(0, 0);
    memory.endRestoration();

    expect(memory.recall('jobs')).toBeUndefined();
    memory.push(1, 0);
    memory.visit(0, 0);
    expect(memory.recall('jobs')).toEqual(['a']);
  });

  test('forgets the entries that a new one takes the place of', () => {
    const memory = new EntryMemory(0);
    memory.push(1, 0);
    memory.remember('old', 1);
    memory.visit(0, 500);
    memory.push(1, 0);
    memory.push(2, 0);

    expect(memory.visit(1, 0)).toBe(0);
    expect(memory.recall('old')).toBeUndefined();
  });

  test('keeps the most recent entries only', () => {
    const memory = new EntryMemory(0);
    memory.remember('jobs', ['first']);
    for (let index = 1; index <= 20; index += 1) memory.push(index, 10 * index);

    expect(memory.visit(0, 0)).toBe(0);
    expect(memory.recall('jobs')).toBeUndefined();
    expect(memory.visit(19, 0)).toBe(200);
  });
});
