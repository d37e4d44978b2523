import type { DeclaredTarget } from '../../functions/core/domain/targets/declared-target.ts';
import type { Conditions, Grantee } from '../constructs/grantee.ts';
import type { TargetSettings } from './settings.ts';

/** Throws an error that names the field, the rule and the received value. */
export type Fail = (field: string, rule: string, received: unknown) => never;

/** The worker, which calls the targets (`PlatformFunction`). */
export interface TargetWorker extends Grantee {
  /** Grants `actions` on all resources of this account below a path. */
  allowUnder(actions: readonly string[], service: string, path: string, reason: string, conditions?: Conditions): void;

  /** Grants `actions` on all parts of a resource, such as the executions of a state machine. */
  allowPartsOf(actions: readonly string[], arn: string, type: string, reason: string): void;
}

/** One kind of target: how its settings are validated, passed to the worker, and permitted. */
export interface TargetKind<Settings extends TargetSettings = TargetSettings> {
  /** Fields of the settings, apart from `tenants`. The first one selects the kind. */
  readonly fields: readonly string[];

  /**
   * Validates the settings.
   *
   * @param field path of the settings
   */
  validate(field: string, settings: Settings, fail: Fail): void;

  /** Returns the settings for the local system, in its account and region. */
  toLocal(settings: Settings): Settings;

  /** Returns the target as the worker receives it, without its tenants. */
  declare(settings: Settings): DeclaredTarget;

  /**
   * Returns the ARNs of resources that must be in the account and region of the stage, by their fields.
   *
   * @defaultValue none: the client of the worker calls the resource in its own account and region
   */
  arnsOfStage?(settings: Settings): Readonly<Record<string, string>>;

  /** Grants the worker exactly what the target needs. */
  grant(worker: TargetWorker, settings: Settings): void;
}
