import { watch } from 'node:fs';
import { realNow } from './clock.ts';
import { ConditionVariable } from './wait.ts';

/**
 * Milliseconds without a change after which a folder counts as quiet. Exceeds the time until a write becomes readable.
 */
const QUIET_AFTER_MS = 2_000;

/** Notifies readers of files of possible changes. */
export interface ChangeMonitor {
  /** @returns `true` if nothing has changed for 2 s */
  isQuiet(): boolean;
  /** Resolves at the next change; rejects on abort. */
  next(signal: AbortSignal): Promise<void>;
}

/** Watches the files of a folder through the operating system. */
export interface FolderWatcher extends ChangeMonitor {
  close(): void;
}

/**
 * Watches a folder. The start counts as a change.
 *
 * @param now real time in epoch milliseconds
 *
 * @returns `undefined` if the operating system cannot watch the folder, for example without free inotify watches
 */
export function watchFolder(folder: string, now = realNow): FolderWatcher | undefined {
  const condition = new ConditionVariable();
  let changedAt = now();
  let failed = false;
  const changed = () => {
    changedAt = now();
    condition.notifyAll();
  };
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => {
      failed = true;
      changed();
    });
    return {
      isQuiet: () => !failed && now() - changedAt > QUIET_AFTER_MS,
      next: (signal) => condition.wait(signal),
      close: () => watcher.close(),
    };
  } catch {
    return undefined;
  }
}
