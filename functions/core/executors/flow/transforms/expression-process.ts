import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { childEnvironment, dieWithParentCommand } from '../../script/script-process.ts';

/** MB of the memory limit outside V8's old space: Node itself, young objects and pipe buffers. */
const OUTSIDE_HEAP_MB = 128;

export interface ExpressionProcessOptions {
  /**
   * Folder with `expression-host.mjs`. @default the folder of the running module, which contains it in the worker's
   * bundle
   */
  readonly directory?: string | undefined;
  /** Limit of resident memory. */
  readonly memoryMb: number;
}

/** The end of a process. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The error if the process did not start. */
  readonly spawnError?: Error;
}

export interface ExpressionProcess {
  readonly child: ChildProcess;
  readonly requests: Writable;
  readonly answers: Readable;
  readonly closed: Promise<ProcessExit>;
}

/**
 * Starts a process for the expressions of one slice. A worker thread is insufficient: `$pad('', 4e8)` in a thread with
 * a memory limit of its own ends the whole process (V8: "Reached heap limit"), and with it the runs of other tenants.
 *
 * The process has an empty environment. It may read only its code, and may not write files, start processes or generate
 * code from strings, which limits the damage of an escape from JSONata. It ends with its parent.
 */
export function startExpressionProcess({
  directory = dirname(fileURLToPath(import.meta.url)),
  memoryMb,
}: ExpressionProcessOptions): ExpressionProcess {
  const entry = join(directory, 'expression-host.mjs');
  const flags = [
    '--permission',
    `--allow-fs-read=${entry}`,
    '--no-experimental-sqlite',
    '--disallow-code-generation-from-strings',
    `--max-old-space-size=${memoryMb - OUTSIDE_HEAP_MB}`,
    '--max-semi-space-size=8',
    '--no-warnings',
  ];
  const [command, ...args] = [...dieWithParentCommand(), process.execPath, ...flags, entry];
  const child = spawn(command, args, { cwd: '/', env: childEnvironment(), stdio: ['pipe', 'pipe', 'ignore'] });
  const closed = new Promise<ProcessExit>((resolve) => {
    child.once('error', (failure) => resolve({ code: null, signal: null, spawnError: failure }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const { stdin: requests, stdout: answers } = child;
  // `closed` reports the end of the process; a write to an ended process must not throw.
  requests.on('error', () => {});
  return { child, requests, answers, closed };
}

/**
 * Returns the CPU time of a process in milliseconds, or `undefined` if the process has ended or the system does not
 * report it.
 */
export function cpuTimeMs(pid: number): number | undefined {
  try {
    // Fields after the process name, which may contain any character: state is field 3, user and system time are fields
    // 14 and 15, in units of 1/100 s.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields && (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}
