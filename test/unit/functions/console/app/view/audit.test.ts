import { describe, expect, it } from 'vitest';
import { describeOutcome, formatOperation, formatTargets } from '../../../../../../functions/console/app/view/audit.ts';

describe('the audit trail', () => {
  it('formats operations, outcomes and targets', () => {
    expect(['deleteJob', 'createApiKey', 'redrive'].map(formatOperation)).toEqual([
      'Delete job',
      'Create API key',
      'Redrive',
    ]);
    expect([200, 403, 409, null].map((status) => describeOutcome(status)[0])).toEqual([
      'Succeeded',
      'Denied',
      'Failed (409)',
      'Unknown',
    ]);
    expect(formatTargets({ targets: ['a', 'b'], target_count: 70 })).toBe('a and 69 more');
    expect(formatTargets({ targets: [], target_count: 0 })).toBe('');
  });
});
