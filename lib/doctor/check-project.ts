import { LOCAL_STAGE, type StageConfig } from '../config.ts';
import { findProject } from '../project/find-project.ts';
import { loadProject, type Project } from '../project/load-project.ts';
import { projectStage } from '../project/project-stage.ts';
import { type Finding, ok, problem, skipped } from './finding.ts';

export interface ProjectCheck {
  readonly findings: readonly Finding[];
  /** Folder of the project, or `undefined` outside a project. */
  readonly root?: string;
  /** The valid stages that can be deployed. */
  readonly stages: readonly StageConfig[];
}

/**
 * Loads the project that contains a folder, and validates the settings of its stages.
 *
 * @param stage the only stage to validate; by default all
 */
export async function checkProject(folder: string, stage: string | undefined): Promise<ProjectCheck> {
  let root: string;
  try {
    root = findProject(folder);
  } catch (error) {
    const { message } = error as Error;
    const isNeeded = stage !== undefined;
    const finding = isNeeded
      ? problem('project', `--stage ${stage} needs a project, and there is none here`, 'change into its folder')
      : skipped('project', message);
    return { findings: [finding], stages: [] };
  }
  let project: Project;
  try {
    project = await loadProject(root);
    // Also finds jobs that are declared wrongly.
    project.jobs('doctor');
  } catch (error) {
    return { findings: [problem('project', (error as Error).message, 'correct the file')], root, stages: [] };
  }
  const { name, scripts } = project;
  const findings = [ok('project', `${name} in ${root} with ${scripts.length} scripts`)];
  const stages: StageConfig[] = [];
  const names = stage === undefined ? Object.keys(project.stages) : [stage];
  for (const each of names) {
    try {
      const config = projectStage(project, each);
      findings.push(ok('stage', `the settings of ${each} are valid`));
      if (each !== LOCAL_STAGE) stages.push(config);
    } catch (error) {
      findings.push(problem('stage', (error as Error).message, 'correct jobdeck.config.ts'));
    }
  }
  return { findings, root, stages };
}
