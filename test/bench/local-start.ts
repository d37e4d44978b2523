import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../lib/local/support/http.ts';
import { projectRoot } from '../../lib/project-root.ts';
import { isRunning } from '../helpers/system/processes.ts';
import { waitUntil } from '../helpers/wait.ts';
import { processTree, treeMb, treeProportionalMb } from './process-tree.ts';
import { median, printTable } from './table.ts';

const WARM_STARTS = 3;
/** Duration and interval of the memory measurement in milliseconds. */
const WATCH_MS = 120_000;
const POLL_INTERVAL_MS = 500;
/** Timeout of a start or stop. */
const TIMEOUT_MS = 60_000;

/** Measures the time until `npm start` is ready, and the memory of its processes then and after two minutes. */
export async function measureLocalStart(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-bench-'));
  try {
    const project = copyOfProject(join(folder, 'project'));
    const environment = {
      ...process.env,
      JOBDECK_PORT: String(await freePort()),
      JOBDECK_DATA: join(folder, 'data'),
      NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
    };
    const cold = await startAndStop(project, environment);
    const warm = [];
    for (let i = 0; i < WARM_STARTS; i++) warm.push(await startAndStop(project, environment));
    const memory = await watchMemory(project, environment);
    const stopMs = [cold, ...warm].map((start) => start.stopMs);
    printTable(
      'npm start, with the demo',
      ['what', 'value'],
      [
        ['ms until ready, cold: nothing built, no data, no compile cache', Math.round(cold.readyMs)],
        [
          `ms until ready, warm: nothing changed (median of ${WARM_STARTS})`,
          Math.round(median(warm.map((start) => start.readyMs))),
        ],
        ['ms until stopped (longest)', Math.round(Math.max(...stopMs))],
        ['MB resident when ready, all processes', memory.ready],
        [`MB resident after ${WATCH_MS / 1_000} s, all processes`, memory.later],
        ['  of which proportional (shared memory counted once)', memory.proportional],
        ['MB resident at most during the measurement', memory.most],
        ['processes at the end', memory.processes],
      ],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies the sources to a project with its own build cache; links the packages. */
function copyOfProject(copy: string): string {
  const packages = join(projectRoot, 'node_modules');
  mkdirSync(join(copy, 'node_modules'), { recursive: true });
  for (const name of readdirSync(packages).filter((entry) => entry !== '.cache')) {
    symlinkSync(join(packages, name), join(copy, 'node_modules', name));
  }
  for (const name of ['bin', 'lib', 'functions', 'cdk.json', 'tsconfig.json', 'package.json', 'package-lock.json']) {
    cpSync(join(projectRoot, name), join(copy, name), { recursive: true });
  }
  return copy;
}

interface Started {
  readonly pid: number;
  readonly readyMs: number;
  /**
   * Stops the process as Ctrl-C does.
   *
   * @returns the duration in milliseconds
   */
  readonly stop: () => Promise<number>;
}

/** Runs the command of `npm start` without npm. */
async function start(project: string, env: NodeJS.ProcessEnv): Promise<Started> {
  const begin = performance.now();
  const child = spawn(process.execPath, ['bin/local.ts'], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const giveUp = AbortSignal.timeout(TIMEOUT_MS);
  try {
    await Promise.race([
      readyLine(child),
      exit.then(([code]) => Promise.reject(new Error(`npm start ended with code ${String(code)}`))),
      once(giveUp, 'abort').then(() => Promise.reject(new Error(`npm start was not ready in ${TIMEOUT_MS} ms`))),
    ]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    readyMs: performance.now() - begin,
    async stop() {
      const stopBegin = performance.now();
      const tree = processTree(child.pid ?? 0);
      const kill = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
      child.kill('SIGINT');
      await exit;
      clearTimeout(kill);
      const stopMs = performance.now() - stopBegin;
      await waitUntil(() => !tree.some(isRunning), { what: 'the end of all processes' });
      return stopMs;
    },
  };
}

/**
 * Waits for the line that reports readiness. Later output is discarded, because a full pipe would block the process.
 */
async function readyLine({ stdout }: ChildProcess): Promise<void> {
  let said = '';
  for await (const [chunk] of on(stdout as Readable, 'data') as AsyncIterable<[Buffer]>) {
    said += chunk.toString();
    if (said.includes('Jobdeck is ready')) break;
  }
  stdout?.resume();
}

async function startAndStop(project: string, env: NodeJS.ProcessEnv) {
  const { readyMs, stop } = await start(project, env);
  return { readyMs, stopMs: await stop() };
}

async function watchMemory(project: string, env: NodeJS.ProcessEnv) {
  const { pid, stop } = await start(project, env);
  try {
    const ready = treeMb(pid);
    let most = ready;
    for (const end = performance.now() + WATCH_MS; performance.now() < end; await sleep(POLL_INTERVAL_MS)) {
      most = Math.max(most, treeMb(pid));
    }
    const later = { later: treeMb(pid), proportional: treeProportionalMb(pid), processes: processTree(pid).length };
    return { ready, most, ...later };
  } finally {
    await stop();
  }
}
