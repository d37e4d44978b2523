import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';

/** The end of a process. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The error if the process did not start. */
  readonly spawnError?: Error;
}

export interface NodeProcess {
  readonly child: ChildProcess;
  /** Resolves when the process has ended and its streams are closed, or when it failed to start. */
  readonly closed: Promise<ProcessExit>;
}

/**
 * Starts Node with an empty environment. The process stays in the caller's process group and ends with its parent.
 *
 * @param args flags and arguments of Node
 */
export function spawnNode(args: readonly string[], stdio: StdioOptions): NodeProcess {
  const [command = process.execPath, ...rest] = [...dieWithParentCommand(), process.execPath, ...args];
  const child: ChildProcess = spawn(command, rest, { cwd: '/', env: childEnvironment(), stdio });
  const closed = new Promise<ProcessExit>((resolve) => {
    child.once('error', (spawnError) => resolve({ code: null, signal: null, spawnError }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, closed };
}

/** The environment of a child process: only the library path that Lambda's Node needs. */
function childEnvironment(): Record<string, string> {
  const libraries = process.env.LD_LIBRARY_PATH;
  return libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries };
}

let commandPrefix: readonly string[] | undefined;

/**
 * Returns a command prefix that makes the kernel kill the process when the thread that started it ends, where
 * util-linux is available. The end of the control channel has the same effect, unless a script blocks its event loop.
 */
export function dieWithParentCommand(): readonly string[] {
  commandPrefix ??= findSetpriv();
  return commandPrefix;
}

function findSetpriv(): readonly string[] {
  const setpriv = ['setpriv', '--pdeathsig', 'KILL', '--'];
  const works = spawnSync('setpriv', [...setpriv.slice(1), 'true'], { stdio: 'ignore' }).status === 0;
  return works ? setpriv : [];
}
