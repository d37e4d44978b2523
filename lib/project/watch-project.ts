import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE } from './find-project.ts';
import type { ScriptBuilds, ScriptChanges } from './script-builds.ts';

/**
 * Milliseconds between two looks at the sources of a project: the state of each file is read, because notifications of the
 * operating system do not exist for all file systems.
 */
const POLL_INTERVAL_MS = 250;

export interface WatchedProject {
  readonly root: string;
  readonly scripts: ScriptBuilds;
}

/**
 * Builds the scripts of a project whenever their sources change, for the next run.
 *
 * @param print receives a message for each change
 * @returns a function that ends the watch
 */
export function watchProject({ root, scripts }: WatchedProject, print: (text: string) => void): () => Promise<void> {
  let configuration = configurationState(root);
  let updating = Promise.resolve();
  let isUpdating = false;
  const update = async () => {
    const current = configurationState(root);
    if (current !== configuration) print(`${CONFIG_FILE} has changed. Restart \`jobdeck dev\` to use it.`);
    configuration = current;
    try {
      for (const message of describeChanges(await scripts.update())) print(message);
    } catch (error) {
      // For example a folder that was removed in the meantime. The next look repeats the update.
      print(`The scripts cannot be built: ${error instanceof Error ? error.message : String(error)}`);
    }
    isUpdating = false;
  };
  const timer = setInterval(() => {
    if (isUpdating) return;
    isUpdating = true;
    updating = update();
  }, POLL_INTERVAL_MS);
  return async () => {
    clearInterval(timer);
    await updating;
  };
}

const configurationState = (root: string) => statSync(join(root, CONFIG_FILE), { throwIfNoEntry: false })?.mtimeMs;

/** Words the changes of scripts, one message for each. */
export function describeChanges({ built, removed, failed }: ScriptChanges): readonly string[] {
  return [
    ...built.map((script) => `Built the script '${script}'. Its next run uses the new code.`),
    ...removed.map((script) => `Removed the script '${script}'.`),
    ...failed.map(({ script, message }) => `The script '${script}' keeps its previous code, if any:\n${message}`),
  ];
}
