import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { freePort } from '../../../lib/local/support/http.ts';
import { projectRoot } from '../../../lib/project-root.ts';
import { type ApiClient, createApiClient } from '../clients/api.ts';
import { waitUntil } from '../wait.ts';

export interface ProgramOptions {
  readonly dataDir: string;
  /** @defaultValue a free port */
  readonly port?: number;
  /** @defaultValue ['--empty'] */
  readonly args?: readonly string[];
  readonly clockOffsetMs?: number;
}

/** `npm start` in a process group of its own, as a terminal starts it. */
export interface Program {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
  /** Returns the output so far. */
  output(): string;
  /** Exit code and signal. */
  readonly exit: Promise<unknown[]>;
  /**
   * Waits until the program reports that it is ready.
   *
   * @throws Error if the program exits before
   */
  waitUntilReady(): Promise<void>;
  /** Sends a signal to the whole process group, as Ctrl-C does. */
  signalGroup(signal: NodeJS.Signals): void;
  /** Returns the running processes of the group. */
  processes(): number[];
  /** Waits until all processes of the group have exited. */
  waitForExit(): Promise<void>;
  /** Creates a client with a token from `npm run token`. */
  as(tenant: string): Promise<ApiClient>;
}

/** Starts `bin/local.ts`. Kills its remaining processes when the test ends. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const port = options.port ?? (await freePort());
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    JOBDECK_PORT: String(port),
    JOBDECK_DATA: options.dataDir,
    JOBDECK_CLOCK_OFFSET_MS: String(options.clockOffsetMs ?? 0),
  };
  const child = spawn(process.execPath, [join(projectRoot, 'bin/local.ts'), ...(options.args ?? ['--empty'])], {
    cwd: projectRoot,
    detached: true,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const group = child.pid ?? 0;
  const url = `http://127.0.0.1:${port}`;
  const program: Program = {
    child,
    port,
    url,
    output: () => text,
    exit: once(child, 'exit'),
    async waitUntilReady() {
      const what = 'readiness';
      await waitUntil(() => text.includes('Jobdeck is ready') || child.exitCode !== null, { what });
      if (child.exitCode !== null) throw new Error(`the program exited with code ${child.exitCode}: ${text}`);
    },
    signalGroup: (signal) => void process.kill(-group, signal),
    processes: () => processesOf(group),
    async waitForExit() {
      await waitUntil(() => processesOf(group).length === 0, { what: 'the exit of every process' });
    },
    async as(tenant) {
      const args = [join(projectRoot, 'bin/token.ts'), '--tenant', tenant, '--roles', 'ADMIN,OWNER'];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      return createApiClient(url, `Bearer ${stdout.trim()}`);
    },
  };
  onTestFinished(() => {
    if (program.processes().length > 0) program.signalGroup('SIGKILL');
  });
  return program;
}

/** Returns the processes of a group, except zombies. */
function processesOf(group: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const [state, , processGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(processGroup) === group && state !== 'Z';
    } catch {
      return false;
    }
  });
}

/** Returns the proportional set size of processes in MB: shared memory counts once. */
export function memoryMb(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    try {
      return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0; // The process has exited.
    }
  });
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

/** Returns the clock offset in milliseconds for which the current second of the minute is `second`. */
export function offsetToSecond(second: number): number {
  return (second * 1_000 - (Date.now() % 60_000) + 60_000) % 60_000;
}
