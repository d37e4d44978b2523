import { describe, expect, it } from 'vitest';
import { scriptRoleArn, scriptRolePart } from '../../../../../functions/core/domain/script-role.ts';

/** The longest stage and region. */
const PATTERN = 'arn:aws:iam::111122223333:role/jobdeck-production12-script-*-ap-southeast-1';

describe('scriptRoleArn', () => {
  it('contains the name of the script', () => {
    expect(scriptRoleArn(PATTERN, 'sync-orders')).toBe(PATTERN.replace('*', 'sync-orders'));
  });

  it('keeps the name of the role within 64 characters for scripts with long names', () => {
    const names = ['a'.repeat(21), 'a'.repeat(22), 'a'.repeat(200)].map((script) => scriptRoleArn(PATTERN, script));

    for (const arn of names) expect(arn.split('/')[1]?.length).toBeLessThanOrEqual(64);
    expect(new Set(names).size).toBe(3);
  });

  it('distinguishes long names with the same start', () => {
    const start = 'synchronize-the-orders-of-shop';

    expect(scriptRolePart(`${start}-1`)).not.toBe(scriptRolePart(`${start}-2`));
    expect(scriptRolePart(`${start}-1`)).toMatch(/^synchronize--[0-9a-f]{8}$/);
  });
});
