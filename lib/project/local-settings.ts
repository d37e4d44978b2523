import { LOCAL_STAGE, type StageSettings, stageConfig, stages } from '../config.ts';
import type { ProjectStage } from './define-config.ts';
import { CONFIG_FILE } from './find-project.ts';
import { ProjectError } from './project-error.ts';

/** Returns the settings of a stage without those that only the command line reads. */
export function deployedSettings(stage: ProjectStage): StageSettings {
  if (typeof stage !== 'object' || stage === null) return stage;
  const { url: _, ...settings } = stage;
  return settings;
}

/**
 * Returns the settings of a project's local stage: those of the package, changed by the project's `stages.local`.
 *
 * @throws ProjectError that names the field, its range and the received value
 */
export function localStageSettings(stage: ProjectStage = {}): StageSettings {
  const changes = deployedSettings(stage);
  const defaults = stages[LOCAL_STAGE] ?? {};
  const settings = {
    ...defaults,
    ...changes,
    tenantLimits: { ...defaults.tenantLimits, ...changes.tenantLimits },
  };
  try {
    stageConfig(LOCAL_STAGE, settings);
  } catch (error) {
    throw new ProjectError(`${CONFIG_FILE}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return settings;
}
