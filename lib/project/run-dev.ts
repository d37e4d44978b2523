import { realpathSync } from 'node:fs';
import { DEMO_TENANT } from '../local/demo/tenant.ts';
import { runInForeground } from '../local/run-in-foreground.ts';
import type { LocalSettings } from '../local/settings.ts';
import { applyToLocal } from './apply-to-local.ts';
import { findProject } from './find-project.ts';
import { loadConfiguration } from './load-project.ts';
import { assembleProject } from './local-assembly.ts';
import type { ScriptBuilds } from './script-builds.ts';
import { startTypeCheck } from './type-check.ts';
import { describeChanges, watchProject } from './watch-project.ts';

/**
 * Runs a project's local system until a signal ends the process. Scripts are built when they change.
 *
 * @param folder a folder of the project
 * @param options `appliesJobs`: the jobs of the project are defined, now and whenever they change
 * @throws ProjectError if there is no project or its configuration is invalid
 * @throws Error if the start fails; `explainStartFailure` words it
 */
export async function runDev(
  folder: string,
  settings: LocalSettings,
  { appliesJobs }: { readonly appliesJobs: boolean },
): Promise<void> {
  const print = (text: string) => console.log(text);
  // The permissions of a script's process apply to real paths.
  const root = realpathSync(findProject(folder));
  const configuration = await loadConfiguration(root);
  let scripts: ScriptBuilds | undefined;
  await runInForeground({
    settings,
    tokenCommand: `npx jobdeck token --tenant ${DEMO_TENANT}`,
    async assembly(progress) {
      const assembly = await assembleProject(configuration, () => progress('Synthesizing the template'));
      scripts = assembly.scripts;
      const changes = await scripts.update();
      for (const message of describeChanges({ ...changes, built: [], removed: [] })) print(message);
      return assembly.folder;
    },
    async startCompanion(system) {
      const applyJobs = appliesJobs ? () => applyToLocal(root, system) : undefined;
      const { jobsFolder } = configuration;
      const stopWatch = scripts && watchProject({ root, scripts, jobsFolder, applyJobs }, print);
      const stopTypeCheck = startTypeCheck(root, (line) => print(`[tsc] ${line}`));
      return {
        async stop() {
          stopTypeCheck();
          await stopWatch?.();
        },
      };
    },
  });
}
