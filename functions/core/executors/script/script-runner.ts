import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScriptTarget } from '../../domain/job.ts';
import { parseScriptName } from '../../domain/script-name.ts';
import type { Execution, Outcome } from '../execution.ts';
import { notStarted } from '../not-started.ts';
import { removeAbandonedFolders, removeFolder } from './run-folder.ts';
import {
  isAlive,
  refProcess,
  type ScriptProcess,
  type ScriptProcessOptions,
  startScriptProcess,
} from './script-process.ts';
import { type ScriptLimits, superviseScript } from './supervise-script.ts';

/** Default limit of a script's resident memory in MB. */
export const SCRIPT_MEMORY_MB = 256;

/** Milliseconds between SIGTERM and SIGKILL. */
export const GRACE_MS = 5_000;

export interface ScriptRunnerOptions {
  /** Folder with `script-host.mjs` and `scripts/<name>.mjs`. */
  readonly directory: string;
  /** @default SCRIPT_MEMORY_MB */
  readonly memoryMb?: number;
  /** Milliseconds between SIGTERM and SIGKILL. @default GRACE_MS */
  readonly graceMs?: number;
  /** Starts a process ahead of the next run. @default true */
  readonly spare?: boolean;
}

/** Runs each script in a new process. */
export class ScriptRunner {
  readonly #options: ScriptProcessOptions & ScriptLimits;
  #keepSpare: boolean;
  #spare: ScriptProcess | undefined;
  #swept = false;

  constructor({ directory, memoryMb = SCRIPT_MEMORY_MB, graceMs = GRACE_MS, spare = true }: ScriptRunnerOptions) {
    this.#options = { directory, memoryMb, graceMs };
    this.#keepSpare = spare;
  }

  /** Starts the process of the next run, unless one is waiting already. */
  prestart(): void {
    this.#sweepOnce();
    if (!this.#keepSpare || (this.#spare && isAlive(this.#spare))) return;
    let spare: ScriptProcess;
    try {
      spare = startScriptProcess(this.#options);
    } catch {
      // The next run starts its own process and reports the error if that fails.
      return;
    }
    this.#spare = spare;
    void spare.closed.then(() => {
      if (this.#spare === spare) this.#spare = undefined;
    });
  }

  async run(target: ScriptTarget, execution: Execution): Promise<Outcome> {
    const script = parseScriptName(target.script);
    if (script === undefined || !existsSync(join(this.#options.directory, 'scripts', `${script}.mjs`))) {
      return notStarted(`script: '${target.script}' is not part of this deployment`);
    }
    try {
      const spare = this.#takeSpare();
      if (spare) {
        const { started, outcome } = await this.#supervise(spare, script, target, execution);
        if (started) return outcome;
      }
      return (await this.#supervise(startScriptProcess(this.#options), script, target, execution)).outcome;
    } finally {
      this.prestart();
    }
  }

  /** Ends the waiting process and starts no other one. A current run continues to its end. */
  async close(): Promise<void> {
    this.#keepSpare = false;
    const spare = this.#takeSpare();
    if (!spare) return;
    refProcess(spare);
    spare.child.kill('SIGKILL');
    await spare.closed;
  }

  async #supervise(scriptProcess: ScriptProcess, script: string, target: ScriptTarget, execution: Execution) {
    try {
      await mkdir(scriptProcess.folder, { mode: 0o700 });
      return await superviseScript(scriptProcess, script, target, execution, this.#options);
    } finally {
      // Still alive only if its folder could not be created.
      scriptProcess.child.kill('SIGKILL');
      await removeFolder(scriptProcess.folder);
    }
  }

  #takeSpare(): ScriptProcess | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  #sweepOnce(): void {
    if (this.#swept) return;
    this.#swept = true;
    // Folders left by killed workers cost disk space only, so a failure to remove them is ignored.
    removeAbandonedFolders().catch(() => {});
  }
}
