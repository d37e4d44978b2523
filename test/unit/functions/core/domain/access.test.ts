import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Action, canGrantRole, isAllowed, ROLES, type Role } from '../../../../../functions/core/domain/access.ts';

const TENANT_ROLES = ['OWNER', 'ADMIN', 'MANAGER', 'OPERATOR', 'MEMBER'];
const actions: readonly Action[] = ['metrics', 'adminStats', 'read', 'operate', 'define', 'audit'];
const givable = (...roles: Role[]) => ROLES.filter((role) => canGrantRole(roles, role));

test.each<[readonly Role[], readonly string[]]>([
  [['OWNER'], TENANT_ROLES],
  [['ADMIN'], TENANT_ROLES],
  [['MANAGER'], ['MANAGER', 'OPERATOR', 'MEMBER']],
  [['OPERATOR'], ['OPERATOR', 'MEMBER']],
  [['MEMBER'], ['MEMBER']],
  [['system_admin'], ['MEMBER', 'system_admin']],
  [['super_admin'], ['MEMBER', 'system_admin', 'super_admin']],
  [
    ['ADMIN', 'system_admin'],
    [...TENANT_ROLES, 'system_admin'],
  ],
  [[], []],
])('lets %j grant %j', (roles, expected) => {
  expect(givable(...roles)).toEqual(expected);
});

test('never grants an action that the granting caller lacks', () => {
  fc.assert(
    fc.property(fc.subarray([...ROLES]), (roles) => {
      const given = givable(...roles);
      for (const action of actions) expect(isAllowed(given, action)).toBe(isAllowed(roles, action));
      expect(given.includes('super_admin')).toBe(roles.includes('super_admin'));
    }),
  );
});
