import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { callAwsJson, freePort, LOOPBACK } from '../support/http.ts';
import { spawnSupervised } from '../support/supervised-process.ts';

/** A running DynamoDB server. */
export interface DynamoDb {
  readonly url: string;
  /** SQLite file of the dynoxide process; absent if the endpoint comes from the environment. */
  readonly file?: string;
  /** Resolves with a reason if the process exits without `stop()`; never settles otherwise. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

const VERSION = '1.2.1';

/**
 * Starts dynoxide on the data folder. Uses, in this order: the endpoint in `JOBDECK_DYNAMODB_ENDPOINT`, the installed
 * npm package, `dynoxide` on the `PATH`, `npx dynoxide`.
 *
 * @throws Error with the output of the process if it does not start
 */
export async function startDynamoDb(dataDir: string, environment: NodeJS.ProcessEnv = process.env): Promise<DynamoDb> {
  const endpoint = environment.JOBDECK_DYNAMODB_ENDPOINT;
  if (endpoint) return { url: endpoint.replace(/\/$/, ''), exited: new Promise(() => {}), stop: async () => {} };

  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'dynamodb.sqlite');
  let failure = '';
  // Another process may take a free port before dynoxide does.
  for (let attempt = 1; attempt <= 3; attempt++) {
    const port = await freePort();
    const options = ['--host', LOOPBACK, '--port', `${port}`, '--db-path', file];
    const started = await start([...findDynoxideCommand(environment), 'serve', ...options], port);
    if ('url' in started) return { ...started, file };
    failure = started.failure;
  }
  throw new Error(`DynamoDB (dynoxide) did not start: ${failure}`);
}

/** Returns the command that starts dynoxide on this machine. */
export function findDynoxideCommand(environment: NodeJS.ProcessEnv): readonly string[] {
  const candidates = (environment.PATH ?? '').split(delimiter).map((folder) => join(folder, 'dynoxide'));
  try {
    const name = `@dynoxide/${process.platform}-${process.arch}`;
    candidates.unshift(createRequire(import.meta.url).resolve(`${name}/dynoxide`));
  } catch {
    // No package exists for this platform; the `PATH` may contain the command.
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

async function start(
  command: readonly string[],
  port: number,
): Promise<Omit<DynamoDb, 'file'> | { readonly failure: string }> {
  // The database must outlive the host's shutdown. Killing is safe: SQLite commits before dynoxide responds. The whole
  // tree is killed because npx starts the database as a child.
  const supervisor = spawnSupervised('dynamodb', command);
  let output = '';
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-2_000);
  };
  supervisor.stdout.on('data', collect);
  supervisor.stderr.on('data', collect);
  const ended = once(supervisor, 'exit').then(([code]) => `it ended with code ${String(code)}: ${output.trim()}`);

  const url = `http://${LOOPBACK}:${port}`;
  const failure = await Promise.race([ended, waitUntilReady(url, supervisor, () => output.includes(url))]);
  if (failure) {
    supervisor.stdin.end();
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
      supervisor.stdin.end();
      await ended;
    },
  };
}

/**
 * Waits until this server reports that it listens and responds; another process may have taken the port.
 *
 * @returns a reason if the server is not ready after 60 s, the time that npx may need to download it
 */
async function waitUntilReady(
  url: string,
  supervisor: ChildProcess,
  isListening: () => boolean,
): Promise<string | undefined> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && supervisor.exitCode === null; ) {
    try {
      if (isListening()) {
        await callAwsJson(url, 'DynamoDB_20120810.ListTables', {});
        return undefined;
      }
    } catch {
      // The message is printed shortly before the port is open.
    }
    await sleep(5);
  }
  return `no answer at ${url}`;
}
