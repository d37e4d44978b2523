import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { callAwsJson, freePort, LOOPBACK } from '../support/http.ts';

/** Where a running DynamoDB is, and how it is kept in shape. */
export interface DynamoDb {
  readonly url: string;
  /** The SQLite file of our own dynoxide; undefined when the endpoint was given by environment. */
  readonly file?: string;
  /** Settles with a reason when the process ends without `stop()`; never settles otherwise. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

const VERSION = '1.2.1';

/**
 * Starts dynoxide on the data folder.
 *
 * The order of the search is DESIGN 9's: the endpoint in `JOBDECK_DYNAMODB_ENDPOINT`, the package that npm installed,
 * `dynoxide` on PATH, and last the one that npx fetches.
 *
 * @throws Error when none of them answers, with what it printed.
 */
export async function startDynamoDb(dataDir: string, environment: NodeJS.ProcessEnv = process.env): Promise<DynamoDb> {
  const given = environment.JOBDECK_DYNAMODB_ENDPOINT;
  if (given) return { url: given.replace(/\/$/, ''), exited: new Promise(() => {}), stop: async () => {} };

  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'dynamodb.sqlite');
  let failure = '';
  // A free port is free until somebody else takes it: three tries make a collision a non-event.
  for (let attempt = 1; attempt <= 3; attempt++) {
    const port = await freePort();
    const options = ['--host', LOOPBACK, '--port', `${port}`, '--db-path', file];
    const started = await start([...findDynoxideCommand(environment), 'serve', ...options], port);
    if ('url' in started) return { ...started, file };
    failure = started.failure;
  }
  throw new Error(`DynamoDB (dynoxide) did not start: ${failure}`);
}

/** The command that starts dynoxide on this machine. */
export function findDynoxideCommand(environment: NodeJS.ProcessEnv): readonly string[] {
  const candidates = (environment.PATH ?? '').split(delimiter).map((folder) => join(folder, 'dynoxide'));
  try {
    const name = `@dynoxide/${process.platform}-${process.arch}`;
    candidates.unshift(createRequire(import.meta.url).resolve(`${name}/dynoxide`));
  } catch {
    // No package for this platform: it may still be on PATH.
  }
  const found = candidates.find(isExecutable);
  return found ? [found] : ['npx', '--yes', `dynoxide@${VERSION}`];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a command until its standard input ends, then kills it: the pipe ends however the host does, so nothing is left
 * behind even by a SIGKILL. Ctrl-C reaches the whole process group; the database must outlive it until the host has
 * drained, so the signals are blocked (dynoxide installs handlers of its own, which a mere `trap` would not hold off).
 * A kill is safe: SQLite commits before dynoxide answers. It takes the whole tree, for npx starts the database as a
 * child of its own.
 */
const SUPERVISOR_SCRIPT = `
trap '' INT TERM HUP
hold='env --block-signal=INT,TERM,HUP'
$hold true 2>/dev/null || hold=
end() {
  for below in $(ps -A -o pid=,ppid= | awk -v parent="$1" '$2 == parent { print $1 }'); do (end "$below"); done
  kill -9 "$1"
}
exec 3<&0
$hold "$@" 3<&- </dev/null &
child=$!
{ read -r _ <&3; end $child; } 2>/dev/null &
guard=$!
exec 3<&-
wait $child
code=$?
kill -9 $guard 2>/dev/null
exit $code
`;

async function start(
  command: readonly string[],
  port: number,
): Promise<Omit<DynamoDb, 'file'> | { readonly failure: string }> {
  const guard = spawn('sh', ['-c', SUPERVISOR_SCRIPT, 'dynamodb', ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000);
  };
  guard.stdout.on('data', listen);
  guard.stderr.on('data', listen);
  guard.stdin.on('error', () => {}); // The guard may be gone already when its input is closed.
  const ended = once(guard, 'exit').then(([code]) => `it ended with code ${String(code)}: ${said.trim()}`);

  const url = `http://${LOOPBACK}:${port}`;
  const failure = await Promise.race([ended, waitUntilReady(url, guard, () => said.includes(url))]);
  if (failure) {
    guard.stdin.end();
    await ended;
    return { failure };
  }
  let stopping = false;
  return {
    url,
    exited: new Promise((resolve) => {
      void ended.then((reason) => {
        if (!stopping) resolve(`DynamoDB (dynoxide): ${reason}`);
      });
    }),
    async stop() {
      stopping = true;
      guard.stdin.end();
      await ended;
    },
  };
}

/**
 * Waits until our own server says that it listens, and answers: another one, even another dynoxide, may have taken the
 * port first. Returns why it does not after 60 s, which npx may need to fetch it.
 */
async function waitUntilReady(url: string, guard: ChildProcess, listens: () => boolean): Promise<string | undefined> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && guard.exitCode === null; ) {
    try {
      if (listens()) {
        await callAwsJson(url, 'DynamoDB_20120810.ListTables', {});
        return undefined;
      }
    } catch {
      // It says so a moment before it does.
    }
    await sleep(5);
  }
  return `no answer at ${url}`;
}
