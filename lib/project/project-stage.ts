import { LOCAL_STAGE, type StageConfig, stageConfig, unknownStageError } from '../config.ts';
import { CONFIG_FILE } from './find-project.ts';
import type { Project } from './load-project.ts';
import { deployedSettings, localStageSettings } from './local-settings.ts';
import { ProjectError } from './project-error.ts';

/**
 * Returns the validated configuration of a stage of a project. Each project has the stage `local`.
 *
 * @throws ProjectError that lists the stages if the project has none of this name, or names an invalid setting
 */
export function projectStage({ stages }: Pick<Project, 'stages'>, name: string): StageConfig {
  const declared = Object.hasOwn(stages, name) ? stages[name] : undefined;
  if (name === LOCAL_STAGE) return stageConfig(name, localStageSettings(declared));
  if (declared === undefined) throw new ProjectError(unknownStageError(name, CONFIG_FILE, stages).message);
  try {
    return stageConfig(name, deployedSettings(declared));
  } catch (error) {
    throw new ProjectError(`${CONFIG_FILE}: ${(error as Error).message}`, { cause: error });
  }
}
