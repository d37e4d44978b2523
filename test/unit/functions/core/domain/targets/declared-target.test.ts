import { describe, expect, it } from 'vitest';
import { targetsOf } from '../../../../../../functions/core/domain/targets/declared-target.ts';
import { acme } from '../../../../../helpers/builders/executions.ts';

describe('targetsOf', () => {
  it('omits targets of other tenants, and sorts the others by name', () => {
    const targets = {
      work: { type: 'queue' },
      private: { type: 'queue', tenants: ['globex'] },
      bus: { type: 'event', tenants: ['globex', 'acme'] },
    } as const;

    expect(targetsOf(targets, acme)).toEqual([
      { name: 'bus', type: 'event' },
      { name: 'work', type: 'queue' },
    ]);
  });
});
