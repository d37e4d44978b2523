import { Stack, Token } from 'aws-cdk-lib';
import type { DeclaredTarget, TargetAccess } from '../../functions/core/domain/targets/declared-target.ts';
import { Env } from '../../functions/core/platform/env-names.ts';
import { LOCAL_STAGE, type StageConfig } from '../config.ts';
import { isToken } from '../targets/arn.ts';
import { findKind } from '../targets/kinds.ts';
import type { TargetSettings } from '../targets/settings.ts';
import type { TargetKind } from '../targets/target-kind.ts';
import type { PlatformFunction } from './function.ts';

/** Maximum length of the targets as JSON: the variables of a function have at most 4 KB together. */
const MAX_TARGETS_LENGTH = 2_000;
/** Length for which a token of the CDK counts: that of a long ARN. */
const TOKEN_LENGTH = 150;

interface PlacedTarget {
  readonly name: string;
  readonly kind: TargetKind;
  readonly settings: TargetSettings;
}

/** Returns the targets of a stage; those of the local stage are in the account of the local system. */
function placeTargets({ name: stage, targets }: StageConfig): readonly PlacedTarget[] {
  return Object.entries(targets).flatMap(([name, settings]) => {
    const kind = findKind(settings);
    if (!kind) return [];
    return [{ name, kind, settings: stage === LOCAL_STAGE ? kind.toLocal(settings) : withoutLocal(settings) }];
  });
}

/**
 * Passes the targets to the worker, which may call exactly these resources.
 *
 * @throws Error if the targets do not fit into the variables of a function, or are in another account or region than they
 * may be
 */
export function grantTargets(config: StageConfig, worker: PlatformFunction): void {
  const targets = placeTargets(config);
  if (targets.length === 0) return;
  if (config.name !== LOCAL_STAGE) for (const target of targets) validatePlace(config, target, Stack.of(worker));
  const declared = targets.map(({ name, kind, settings }): [string, DeclaredTarget] => [
    name,
    { ...kind.declare(settings), ...tenantsOf(settings) },
  ]);
  const text = JSON.stringify(Object.fromEntries(declared));
  const length = text.replaceAll(/\$\{Token\[[^\]]+\]\}/g, '*'.repeat(TOKEN_LENGTH)).length;
  if (length > MAX_TARGETS_LENGTH) {
    throw new Error(
      `Stage ${config.name}: targets must have at most ${MAX_TARGETS_LENGTH} characters together as JSON, got ${length}.`,
    );
  }
  worker.addEnvironment(Env.targets, text);
  for (const { kind, settings } of targets) kind.grant(worker, settings);
}

/** Validates the account and region of a target, unless those of the stage or of the target are known at the deployment only. */
function validatePlace({ name: stage }: StageConfig, { name, kind, settings }: PlacedTarget, stack: Stack): void {
  for (const [field, arn] of Object.entries(kind.arnsOfStage?.(settings) ?? {})) {
    if (isToken(arn)) continue;
    const [, , , region = '', account = ''] = arn.split(':');
    for (const [place, received] of Object.entries({ region, account })) {
      const own = stack[place as 'region' | 'account'];
      // Roles have no region.
      if (received === '' || received === own || Token.isUnresolved(own)) continue;
      throw new Error(
        `Stage ${stage}: targets.${name}.${field} must be in the ${place} of the stage, ${own}, got ${JSON.stringify(arn)}.`,
      );
    }
  }
}

/** Passes the names of the targets to a function that validates jobs. */
export function passTargetNames(config: StageConfig, fn: PlatformFunction): void {
  const access = placeTargets(config).map(({ name, kind, settings }): [string, TargetAccess] => [
    name,
    { type: kind.declare(settings).type, ...tenantsOf(settings) },
  ]);
  if (access.length > 0) fn.addEnvironment(Env.targets, JSON.stringify(Object.fromEntries(access)));
}

/** Only the local system reads the field `local`. */
const withoutLocal = (settings: TargetSettings): TargetSettings =>
  ({ ...settings, local: undefined }) as TargetSettings;

const tenantsOf = ({ tenants }: TargetSettings) => (tenants ? { tenants } : {});
