import { describe, expect, it } from 'vitest';
import { EntryCache } from '../../../../../../functions/console/app/history/entry-cache.ts';

describe('EntryCache', () => {
  it('restores data and scroll position of an entry that is visited again', () => {
    const memory = new EntryCache(0);
    memory.save('jobs', ['a']);
    memory.push(1, 300);
    memory.save('jobs', ['b']);

    expect(memory.restore('jobs')).toBeUndefined();
    expect(memory.visit(0, 40)).toBe(300);
    expect(memory.restore('jobs')).toEqual(['a']);
    expect(memory.visit(1, 300)).toBe(40);
    expect(memory.restore('jobs')).toEqual(['b']);
  });

  it('restores nothing after the restoration has ended', () => {
    const memory = new EntryCache(0);
    memory.save('jobs', ['a']);
    memory.push(1, 0);
    memory.visit(0, 0);
    memory.endRestoration();

    expect(memory.restore('jobs')).toBeUndefined();
    memory.push(1, 0);
    memory.visit(0, 0);
    expect(memory.restore('jobs')).toEqual(['a']);
  });

  it('drops the entries that a new one replaces', () => {
    const memory = new EntryCache(0);
    memory.push(1, 0);
    memory.save('old', 1);
    memory.visit(0, 500);
    memory.push(1, 0);
    memory.push(2, 0);

    expect(memory.visit(1, 0)).toBe(0);
    expect(memory.restore('old')).toBeUndefined();
  });

  it('keeps only the most recent entries', () => {
    const memory = new EntryCache(0);
    memory.save('jobs', ['first']);
    for (let index = 1; index <= 20; index += 1) memory.push(index, 10 * index);

    expect(memory.visit(0, 0)).toBe(0);
    expect(memory.restore('jobs')).toBeUndefined();
    expect(memory.visit(19, 0)).toBe(200);
  });
});
