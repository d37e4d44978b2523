import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { codeHash } from '../code-hash.ts';
import { ensureFunctions } from '../ensure-functions.ts';
import { BuildCache } from '../local/build-cache.ts';
import { runBuildProcess } from '../local/run-build-process.ts';
import { readAssembly } from '../local/template/assembly.ts';
import { createPlan } from '../local/template/plan.ts';
import { resolveStacks } from '../local/template/resolve.ts';
import { siblingModule } from '../sibling-module.ts';
import { WORK_FOLDER } from './find-project.ts';
import type { ProjectConfiguration } from './load-project.ts';
import { localStageSettings } from './local-settings.ts';
import { ScriptBuilds } from './script-builds.ts';

/** Folder of the cloud assemblies of a project, relative to it. */
const ASSEMBLIES = join(WORK_FOLDER, 'assemblies');

/** The cloud assembly of a project's local stage, for `startLocal`. */
export interface LocalAssembly {
  /** Folder of the cloud assembly. Its worker has no script until `scripts.update()`. */
  readonly folder: string;
  /** The scripts of its worker. */
  readonly scripts: ScriptBuilds;
}

/**
 * Returns the cloud assembly of a project's local stage, synthesized into `<root>/.jobdeck/assemblies`. It is cached by the
 * version of Jobdeck and the settings of the stage; the scripts are not part of the cached result.
 *
 * @param onBuild called if the templates must be synthesized, which takes seconds
 * @throws ProjectError for invalid settings of the stage `local`
 */
export async function assembleProject(
  { root, stages, scriptsFolder }: Pick<ProjectConfiguration, 'root' | 'stages' | 'scriptsFolder'>,
  onBuild: () => void = () => {},
): Promise<LocalAssembly> {
  const settings = JSON.stringify(localStageSettings(stages.local));
  const hash = () => createHash('sha256').update(`${codeHash()}\0${settings}`).digest('hex').slice(0, 32);
  const folder = await new BuildCache(join(root, ASSEMBLIES)).ensure(hash, async (draft) => {
    onBuild();
    const module = siblingModule('synthesize-local', import.meta.url);
    await runBuildProcess(module, [draft, await ensureFunctions(), settings], root);
  });
  const scripts = new ScriptBuilds({
    root,
    scriptsFolder,
    workerFolder: codeFolder(folder, 'worker'),
    validatorFolder: codeFolder(folder, 'api-runner'),
  });
  return { folder, scripts };
}

/** Returns the folder with the code of a function of an assembly. */
function codeFolder(assembly: string, name: string): string {
  // No value of the services is part of a path.
  const plan = createPlan(resolveStacks(readAssembly(assembly), { sqs: '', api: '', issuer: '', clientId: '' }));
  const definition = plan.functions.find((fn) => fn.name === `jobdeck-local-${name}`);
  if (!definition) throw new Error(`The assembly ${assembly} has no function ${name}.`);
  return dirname(definition.bundle);
}
