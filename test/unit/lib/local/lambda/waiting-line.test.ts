import { describe, expect, it } from 'vitest';
import { WaitingLine } from '../../../../../lib/local/lambda/waiting-line.ts';

function given(...entries: readonly (readonly [lane: string, entry: number])[]) {
  const line = new WaitingLine<number>();
  for (const [lane, entry] of entries) line.push(lane, entry);
  const drain = () => {
    const served: number[] = [];
    for (let next = line.shift(); next !== undefined; next = line.shift()) served.push(next);
    return served;
  };
  return { line, drain };
}

describe('WaitingLine', () => {
  it('serves its lanes in turn and each lane in order', () => {
    const { line, drain } = given(['a', 1], ['a', 2], ['a', 3], ['b', 10], ['b', 11], ['c', 20]);

    expect(drain()).toEqual([1, 10, 20, 2, 11, 3]);
    expect(line.isEmpty).toBe(true);
  });

  it('serves a late lane after at most one entry of a lane with many', () => {
    const { line, drain } = given(...Array.from({ length: 100 }, (_, i) => ['a', i] as const));
    line.shift();
    line.push('b', 1_000);

    expect(drain().indexOf(1_000)).toBe(1);
  });

  it('removes an entry from its lane', () => {
    const { line, drain } = given(['a', 1], ['b', 2]);

    expect([line.remove(1), line.remove(1), line.has(1), line.has(2)]).toEqual([true, false, false, true]);
    expect(drain()).toEqual([2]);
  });
});
