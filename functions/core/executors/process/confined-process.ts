import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type NodeProcess, spawnNode } from './child-process.ts';

/** MB of the memory limit outside V8's old space: Node itself, young objects and pipe buffers. */
const OUTSIDE_HEAP_MB = 128;

export interface ConfinedProcessOptions {
  /**
   * Folder with the module of the process. @default the folder of the running module, which contains it in the worker's
   * bundle
   */
  readonly directory?: string | undefined;
  /** Limit of resident memory. */
  readonly memoryMb: number;
}

/** A process that answers requests on its standard streams. */
export interface ConfinedProcess extends NodeProcess {
  readonly requests: Writable;
  readonly responses: Readable;
}

/**
 * Starts a process for work on input of a tenant that may block forever or exhaust memory: expressions, and the decoding of
 * files. A worker thread is insufficient: `$pad('', 4e8)` in a thread with a memory limit of its own ends the whole process
 * (V8: "Reached heap limit"), and with it the runs of other tenants.
 *
 * The process has an empty environment. It may read only its code, and may not write files, start processes, open
 * connections or generate code from strings, which limits the damage of an escape. It ends with its parent.
 *
 * @param host name of the module of the process
 */
export function startConfinedProcess(
  host: 'expression-host' | 'parquet-host',
  { directory = dirname(fileURLToPath(import.meta.url)), memoryMb }: ConfinedProcessOptions,
): ConfinedProcess {
  const entry = join(directory, `${host}.mjs`);
  const flags = [
    '--permission',
    `--allow-fs-read=${entry}`,
    '--no-experimental-sqlite',
    '--disallow-code-generation-from-strings',
    `--max-old-space-size=${memoryMb - OUTSIDE_HEAP_MB}`,
    '--max-semi-space-size=8',
    '--no-warnings',
  ];
  const { child, closed } = spawnNode([...flags, entry], ['pipe', 'pipe', 'ignore']);
  const { stdin: requests, stdout: responses } = child as typeof child & { stdin: Writable; stdout: Readable };
  // `closed` reports the end of the process; a write to an ended process must not throw.
  requests.on('error', () => {});
  return { child, requests, responses, closed };
}
