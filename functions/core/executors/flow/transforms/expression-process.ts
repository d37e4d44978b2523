import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { childEnvironment, dieWithParentCommand } from '../../script/script-process.ts';

/** MB of the memory limit that are not V8's old space: Node itself, young objects, and what passes through the pipes. */
const OUTSIDE_HEAP_MB = 128;

export interface ExpressionProcessOptions {
  /** Folder with `expression-host.mjs`. @default the one of the running module: in the worker's bundle, it is there */
  readonly directory?: string | undefined;
  /** Resident memory that it may take. */
  readonly memoryMb: number;
}

/** How a process came to its end. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why there was none; undefined when there was one. */
  readonly spawnError?: Error;
}

export interface ExpressionProcess {
  readonly child: ChildProcess;
  readonly requests: Writable;
  readonly answers: Readable;
  readonly closed: Promise<ProcessExit>;
}

/**
 * Starts a process for the expressions of one slice. A worker thread would not do: `$pad('', 4e8)` in a thread with a
 * memory limit of its own ends the whole process (V8: "Reached heap limit"), and with it the runs of other tenants.
 *
 * It has no environment and may read nothing but its code, write nothing, start nothing and make no code of strings: should
 * there be a way out of JSONata, it does not lead far. It ends with its parent.
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
  // That it has ended is told by `closed`; a write to it must not throw.
  requests.on('error', () => {});
  return { child, requests, answers, closed };
}

/** Milliseconds of computing that a process has used; undefined when it is gone, or the system does not say. */
export function cpuTimeMs(pid: number): number | undefined {
  try {
    // Behind the name, which may hold anything: state is field 3, user and system time are 14 and 15, in 1/100 s.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields && (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}
