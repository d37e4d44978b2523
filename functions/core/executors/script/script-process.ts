import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { newRunFolder } from './run-folder.ts';

/** MB of a script's memory limit that are not V8's heap: Node itself, and room for buffers. */
const OUTSIDE_HEAP_MB = 64;

export interface ScriptProcessOptions {
  /** Folder with `script-host.mjs` and `scripts/`. */
  readonly directory: string;
  /** Resident memory that a script may take. */
  readonly memoryMb: number;
}

/** A process that waits for a script, or runs it. */
export interface ScriptProcess {
  readonly child: ChildProcess;
  /** The one folder that the script may write to. It is for the run to make: a process that only waits leaves none. */
  readonly folder: string;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly control: Duplex;
  /** Settles when the process has ended and its streams are at their end, or when it could not start. */
  readonly closed: Promise<ProcessExit>;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why there was no process; undefined when there was one. */
  readonly spawnError?: Error;
}

/**
 * Starts a process that holds nothing of the platform: an environment without its variables, no descriptor but the
 * three pipes, permission to read its bundle and to read and write one folder, and no way to Lambda's API. It stays in
 * the caller's process group, and does not keep the caller alive until `hold()`.
 */
export function startScriptProcess({ directory, memoryMb }: ScriptProcessOptions): ScriptProcess {
  const folder = newRunFolder();
  const entry = join(directory, 'script-host.mjs');
  const flags = [
    '--permission',
    `--allow-fs-read=${entry}`,
    `--allow-fs-read=${entry}.map`,
    `--allow-fs-read=${join(directory, 'scripts')}/*`,
    `--allow-fs-read=${folder}/*`,
    `--allow-fs-write=${folder}/*`,
    // SQLite opens files past the permission model (Node 24: `ATTACH` writes anywhere).
    '--no-experimental-sqlite',
    `--max-old-space-size=${Math.max(16, memoryMb - OUTSIDE_HEAP_MB)}`,
    '--enable-source-maps',
    '--no-warnings',
  ];
  // Lambda's, where there is one: what the process has to stay away from.
  const runtimeApi = process.env.AWS_LAMBDA_RUNTIME_API ?? '';
  const [command, ...args] = [...dieWithParentCommand(), process.execPath, ...flags, entry, runtimeApi];
  const child = spawn(command, args, {
    cwd: '/',
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const closed = new Promise<ProcessExit>((resolve) => {
    child.once('error', (failure) => resolve({ code: null, signal: null, spawnError: failure }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const [, stdout, stderr, control] = child.stdio as unknown as [null, Readable, Readable, Duplex];
  // A process that ended meanwhile is noticed by `closed`; a write to it must not throw.
  control.on('error', () => {});
  const host = { child, folder, stdout, stderr, control, closed };
  unrefProcess(host);
  return host;
}

/** Lets the caller's process end although this one is alive: it ends with it. */
export function unrefProcess({ child, stdout, stderr, control }: ScriptProcess): void {
  child.unref();
  for (const stream of [stdout, stderr, control]) (stream as Partial<NodeJS.RefCounted>).unref?.();
}

/** Keeps the caller's process alive until this one ends. */
export function refProcess({ child, stdout, stderr, control }: ScriptProcess): void {
  child.ref();
  for (const stream of [stdout, stderr, control]) (stream as Partial<NodeJS.RefCounted>).ref?.();
}

export function isAlive({ child }: ScriptProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** What a process is born with, and can never lose: the loader's path where Lambda's own Node needs it, no more. */
export function childEnvironment(): Record<string, string> {
  const libraries = process.env.LD_LIBRARY_PATH;
  return libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries };
}

let wrapper: readonly string[] | undefined;

/**
 * Where util-linux has it, a command in front that makes the kernel kill the process with the thread that started it.
 * The end of the control channel says the same, but a script that blocks its event loop cannot hear it.
 */
export function dieWithParentCommand(): readonly string[] {
  if (wrapper) return wrapper;
  const setpriv = ['setpriv', '--pdeathsig', 'KILL', '--'];
  const works = spawnSync('setpriv', [...setpriv.slice(1), 'true'], { stdio: 'ignore' }).status === 0;
  wrapper = works ? setpriv : [];
  return wrapper;
}
