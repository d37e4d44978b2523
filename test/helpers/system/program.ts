import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { freePort } from '../../../lib/local/support/http.ts';
import { projectRoot } from '../../../lib/project-root.ts';
import { type ApiClient, createApiClient, waitUntil } from './test-system.ts';

export interface ProgramOptions {
  readonly dataDir: string;
  /** @default a free one */
  readonly port?: number;
  /** @default ['--empty'] */
  readonly args?: readonly string[];
  readonly clockOffsetMs?: number;
}

/** `npm start` as a process group of its own, as a terminal makes one. */
export interface Program {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
  /** All that it printed so far. */
  output(): string;
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>;
  /** Waits until it says that it is ready; rejects when it ends before. */
  waitUntilReady(): Promise<void>;
  /** Signals the whole group, as Ctrl-C does. */
  signalGroup(signal: NodeJS.Signals): void;
  /** Its processes that are alive. */
  processes(): number[];
  /** Waits until none of its processes is left. */
  waitForExit(): Promise<void>;
  /** A client with a token that `npm run token` prints. */
  as(tenant: string): Promise<ApiClient>;
}

/** Starts `bin/local.ts`. Whatever is left of it when the test has finished is killed. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const port = options.port ?? (await freePort());
  const env = {
    PATH: process.env.PATH,
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
    ended: once(child, 'exit'),
    async waitUntilReady() {
      const what = 'readiness';
      await waitUntil(() => text.includes('Jobdeck is ready') || child.exitCode !== null, { timeoutMs: 60_000, what });
      if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}: ${text}`);
    },
    signalGroup: (signal) => void process.kill(-group, signal),
    processes: () => processesOf(group),
    async waitForExit() {
      await waitUntil(() => processesOf(group).length === 0, { what: 'the end of every process' });
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

/** The processes of a group, without zombies that only wait to be counted. */
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

/** MB of memory that processes take; what they share is counted once. */
export function memoryMb(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    try {
      return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0; // It has ended meanwhile.
    }
  });
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

/** Milliseconds to put the clock ahead for it to show this second of some minute now. */
export function offsetToSecond(second: number): number {
  return (second * 1_000 - (Date.now() % 60_000) + 60_000) % 60_000;
}
