import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { type NodeProcess, spawnNode } from '../process/child-process.ts';
import { newRunFolder } from './run-folder.ts';

/** MB of a script's memory limit outside V8's heap: Node itself and buffers. */
const OUTSIDE_HEAP_MB = 64;

export interface ScriptProcessOptions {
  /** Folder with `script-host.mjs` and `scripts/`. */
  readonly directory: string;
  /** Limit of a script's resident memory. */
  readonly memoryMb: number;
}

/** A process that waits for a script or runs one. */
export interface ScriptProcess extends NodeProcess {
  /** The only writable folder of the script. The run creates it, so a waiting process leaves none behind. */
  readonly folder: string;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly control: Duplex;
}

/**
 * Starts a process without access to the platform: no inherited environment, no descriptors but three pipes, read
 * permission for its bundle, read and write permission for one folder, no connection to the Lambda runtime API. The
 * process stays in the caller's process group and does not keep the caller alive until `refProcess()`.
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
    // SQLite bypasses the permission model (Node 24: `ATTACH` writes any file).
    '--no-experimental-sqlite',
    `--max-old-space-size=${Math.max(16, memoryMb - OUTSIDE_HEAP_MB)}`,
    '--enable-source-maps',
    '--no-warnings',
  ];
  // The Lambda runtime API, which the script must not reach.
  const runtimeApi = process.env.AWS_LAMBDA_RUNTIME_API ?? '';
  const { child, closed } = spawnNode([...flags, entry, runtimeApi], ['ignore', 'pipe', 'pipe', 'pipe']);
  const [, stdout, stderr, control] = child.stdio as unknown as [null, Readable, Readable, Duplex];
  // `closed` reports the end of the process; a write to an ended process must not throw.
  control.on('error', () => {});
  const started = { child, folder, stdout, stderr, control, closed };
  unrefProcess(started);
  return started;
}

/** Lets the caller's process exit while this process is alive; this process then ends as well. */
export function unrefProcess({ child, stdout, stderr, control }: ScriptProcess): void {
  child.unref();
  for (const stream of [stdout, stderr, control]) (stream as Partial<NodeJS.RefCounted>).unref?.();
}

/** Keeps the caller's process alive until this process ends. */
export function refProcess({ child, stdout, stderr, control }: ScriptProcess): void {
  child.ref();
  for (const stream of [stdout, stderr, control]) (stream as Partial<NodeJS.RefCounted>).ref?.();
}

export function isAlive({ child }: ScriptProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
