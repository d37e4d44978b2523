import { describe, expect, it } from 'vitest';
import { OVERLAP_POLICIES } from '../../../../../functions/core/domain/job.ts';
import { decideAdmission, describeOverlap } from '../../../../../functions/core/domain/overlap.ts';

describe('decideAdmission', () => {
  it.each(OVERLAP_POLICIES)('starts with policy %s when the lock is free or its own', (policy) => {
    expect([decideAdmission(policy, 'free', false), decideAdmission(policy, 'own', true)]).toEqual(['start', 'start']);
  });

  it.each([
    ['skip', false, 'refuse'],
    ['queue', false, 'wait'],
    ['queue', true, 'refuse'],
    ['replace', false, 'replace'],
    ['replace', true, 'replace'],
    ['allow', true, 'start'],
  ] as const)('decides with policy %s, the lock taken and a run waiting (%s): %s', (policy, buffered, admission) => {
    expect(decideAdmission(policy, 'taken', buffered)).toBe(admission);
  });
});

describe('describeOverlap', () => {
  it('says for the policy queue that another run waits', () => {
    expect(describeOverlap('skip')).toBe('is running already (overlap policy skip)');
    expect(describeOverlap('queue')).toMatch(
      /^is running already, and another run waits for its end \(overlap policy queue/,
    );
  });
});
