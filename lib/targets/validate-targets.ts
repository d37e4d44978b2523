import { TARGET_NAME, TARGET_NAME_RULE } from '../../functions/core/domain/targets/declared-target.ts';
import { parseTenantId } from '../../functions/core/domain/tenant.ts';
import { findKind, KIND_FIELDS } from './kinds.ts';
import type { TargetSettings } from './settings.ts';
import type { Fail } from './target-kind.ts';

/** Maximum number of tenants that a target names. */
const MAX_TENANTS = 100;

/** Validates the targets of a stage. */
export function validateTargets(
  targets: Readonly<Record<string, TargetSettings>>,
  fail: Fail,
): Readonly<Record<string, TargetSettings>> {
  for (const [name, settings] of Object.entries(targets)) {
    if (!TARGET_NAME.test(name)) fail('targets', `an object whose names are ${TARGET_NAME_RULE}`, name);
    validateTarget(`targets.${name}`, settings, fail);
  }
  return targets;
}

function validateTarget(field: string, settings: TargetSettings, fail: Fail): void {
  const rule = `an object with one of ${KIND_FIELDS.join(', ')}`;
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) fail(field, rule, settings);
  const kind = findKind(settings) ?? fail(field, rule, settings);
  const unknown = Object.keys(settings).find((name) => name !== 'tenants' && !kind.fields.includes(name));
  if (unknown !== undefined) fail(`${field}.${unknown}`, `one of ${[...kind.fields, 'tenants'].join(', ')}`, unknown);
  kind.validate(field, settings, fail);
  if (settings.tenants !== undefined) validateTenants(`${field}.tenants`, settings.tenants, fail);
}

function validateTenants(field: string, tenants: readonly string[], fail: Fail): void {
  if (!Array.isArray(tenants) || tenants.length < 1 || tenants.length > MAX_TENANTS) {
    fail(field, `a list of 1–${MAX_TENANTS} tenants`, tenants);
  }
  for (const [i, tenant] of tenants.entries()) {
    if (parseTenantId(tenant) === undefined) fail(`${field}[${i}]`, '1–64 of A–Z, a–z, 0–9, _ and -', tenant);
  }
}
