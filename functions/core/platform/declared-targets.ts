import type { DeclaredTargets, TargetAccess } from '../domain/targets/declared-target.ts';
import { Env } from './env-names.ts';

/** Returns the targets that jobs may name, without their resources: the environment of functions that validate jobs. */
export const readTargetAccess = (): DeclaredTargets<TargetAccess> => readTargets();

/** Returns the targets that jobs may name, in the environment of the worker. */
export const readDeclaredTargets = (): DeclaredTargets => readTargets() as DeclaredTargets;

function readTargets(): DeclaredTargets<TargetAccess> {
  const text = process.env[Env.targets];
  return text ? (JSON.parse(text) as DeclaredTargets<TargetAccess>) : {};
}
