import { readFileSync } from 'node:fs';
import { children } from '../helpers/system/processes.ts';
import { processTree } from './process-tree.ts';

/** CPU time in milliseconds that the parts of a local system in this process have used. */
export interface SystemCpu {
  /** The host: this process and the execution environments that are processes. */
  readonly host: number;
  /** Ended processes of scripts. */
  readonly scripts: number;
  readonly dynamoDb: number;
}

/** Milliseconds of a clock tick, the unit of `/proc/<pid>/stat`. */
const TICK_MS = 10;

/** Reads the CPU time of the local system in this process. */
export function systemCpu(): SystemCpu {
  const { user, system } = process.cpuUsage();
  const environments = children().filter((pid) => readFile(pid, 'cmdline').includes('local/lambda/runtime.ts'));
  const database = processTree(process.pid).filter((pid) => readFile(pid, 'comm').trim() === 'dynoxide');
  return {
    host: (user + system) / 1_000 + sum(environments, (pid) => cpuMs(pid).own),
    scripts: sum(environments, (pid) => cpuMs(pid).ofEndedChildren),
    dynamoDb: sum(database, (pid) => cpuMs(pid).own),
  };
}

/** Subtracts an earlier reading and divides by a number of runs. */
export function cpuPerRun(before: SystemCpu, after: SystemCpu, runs: number): SystemCpu {
  return {
    host: (after.host - before.host) / runs,
    scripts: (after.scripts - before.scripts) / runs,
    dynamoDb: (after.dynamoDb - before.dynamoDb) / runs,
  };
}

function cpuMs(pid: number): { readonly own: number; readonly ofEndedChildren: number } {
  // Fields after the process name: state is field 3; user and system time are fields 14 and 15, and those of ended
  // children fields 16 and 17.
  const fields = readFile(pid, 'stat').split(') ').at(-1)?.split(' ').map(Number) ?? [];
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return { own: (user + system) * TICK_MS, ofEndedChildren: (childUser + childSystem) * TICK_MS };
}

/** @returns the content, or an empty string if the process has ended */
function readFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

const sum = (pids: readonly number[], value: (pid: number) => number) =>
  pids.reduce((total, pid) => total + value(pid), 0);
