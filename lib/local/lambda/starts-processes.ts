import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Entry of the processes that execute scripts, beside the bundle of the function that starts them. */
const PROCESS_ENTRY = 'script-host.mjs';

/**
 * The chunks that a bundle imports on demand do not count: they run in the environment of the function.
 *
 * @param bundle absolute path of the ES module that exports the handler
 *
 * @returns whether the function starts processes
 */
export function startsProcesses(bundle: string): boolean {
  return existsSync(join(dirname(bundle), PROCESS_ENTRY));
}
