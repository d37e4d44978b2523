import type { TenantId } from '../tenant.ts';
import type { DeclaredContainer } from './container-target.ts';
import type { DeclaredEventBus } from './event-target.ts';
import type { DeclaredLambda } from './lambda-target.ts';
import type { DeclaredQueue } from './queue-target.ts';
import type { DeclaredStateMachine } from './state-machine-target.ts';

/** Valid names of the resources that a team declares for jobs. */
export const TARGET_NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** The rule in words, to follow "must be". */
export const TARGET_NAME_RULE = '1–64 of a–z 0–9 - and start with a letter';

/** The part of a declared target that decides which jobs may name it. */
export interface TargetAccess {
  /** Type of the jobs that may name the target. */
  readonly type: DeclaredTarget['type'];
  /** The tenants whose jobs may name the target. @defaultValue all tenants */
  readonly tenants?: readonly string[];
}

/** A resource of the team that jobs may name. Jobs contain its name only, so they reach no other resource. */
export type DeclaredTarget =
  | DeclaredLambda
  | DeclaredEventBus
  | DeclaredQueue
  | DeclaredContainer
  | DeclaredStateMachine;

/** The declared targets by their names. */
export type DeclaredTargets<Target extends TargetAccess = DeclaredTarget> = Readonly<Record<string, Target>>;

/** A reference of a job to a declared target. */
export interface TargetReference {
  readonly type: DeclaredTarget['type'];
  /** Name of the declared target. */
  readonly target: string;
}

/**
 * Returns the declared target that a job names.
 *
 * @returns `undefined` if there is no target of this name and type for the tenant
 */
export function findTarget<Target extends TargetAccess, Type extends Target['type']>(
  targets: DeclaredTargets<Target>,
  { type, target }: { readonly type: Type; readonly target: string },
  tenant: TenantId,
): Extract<Target, { readonly type: Type }> | undefined {
  const found = Object.hasOwn(targets, target) ? targets[target] : undefined;
  if (found?.type !== type) return undefined;
  // guard: targets.tenant
  if (!isFor(tenant, found)) return undefined;
  return found as Extract<Target, { readonly type: Type }>;
}

/** Returns the targets that the jobs of a tenant may name, by name. */
export const targetsOf = (
  targets: DeclaredTargets<TargetAccess>,
  tenant: TenantId,
): readonly { readonly name: string; readonly type: TargetAccess['type'] }[] =>
  Object.entries(targets)
    .filter(([, access]) => /* guard: targets.list.tenant */ isFor(tenant, access))
    .map(([name, { type }]) => ({ name, type }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));

const isFor = (tenant: TenantId, { tenants }: TargetAccess): boolean => tenants?.includes(tenant) ?? true;

/**
 * Explains that a job may not name a target. The text is the same for a target that does not exist and for one that
 * other tenants may name.
 */
export const unknownTargetMessage = ({ type, target }: TargetReference): string =>
  `must be the name of a target of type ${type} that is declared for this tenant, got '${target}'`;
