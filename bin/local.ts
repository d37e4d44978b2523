/** `npm start`: runs the local system until Ctrl-C. */

import { mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { truncate } from '../functions/core/domain/text.ts';
import type { Demo } from '../lib/local/demo/demo.ts';
import { localSettings } from '../lib/local/settings.ts';
import { Clock } from '../lib/local/support/clock.ts';

/** Time limit for a clean stop. The next start repairs an incomplete stop. */
const STOP_TIMEOUT_MS = 4_500;
const TOKEN_SECONDS = 12 * 3_600;
/** Names and codes of errors whose message contains the remedy. */
const EXPLAINED_ERRORS = /FolderInUseError|NotEmulated|ERR_PARSE_ARGS/;

enableCompileCache();
// Without a small young generation, memory grows by 3 MB for each minute of the demo.
setFlagsFromString('--max-semi-space-size=4');
setFlagsFromString('--semi-space-growth-factor=1');
const print = (text: string) => console.log(text);

/** Formats a path relative to the current folder if it is inside. */
function displayPath(path: string): string {
  const relativePath = relative('', path);
  return relativePath === '' || relativePath.startsWith('..') ? path : relativePath;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { empty: { type: 'boolean', default: false } } });
  const { port, dataDir, clockOffsetMs } = localSettings(process.env);
  print(`Jobdeck is starting on port ${port}, with its data in ${displayPath(dataDir)}`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });

  const [{ startLocal }, { logToFile }, { DEMO_TENANT, startDemo }] = await Promise.all([
    import('../lib/local/system.ts'),
    import('../lib/local/support/log-file.ts'),
    import('../lib/local/demo/demo.ts'),
  ]);
  const logFile = join(dataDir, 'jobdeck.log');
  const log = logToFile(logFile, ({ functionName, text }) => console.error(`[${functionName}] ${truncate(text, 500)}`));

  const clock = new Clock();
  clock.advance(clockOffsetMs);
  const starting = startLocal({ port, dataDir, clock, log, progress: (message) => print(`  ${message} …`) });
  let demo: Demo | undefined;
  stopOnSignals(async () => {
    await (await starting).stop();
    await demo?.stop();
  });
  const system = await starting;
  void system.failure.then(async (reason) => {
    console.error(`Jobdeck stops: ${reason}`);
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    await system.stop();
    process.exit(1);
  });

  const health = await fetch(`${system.url}/health`);
  if (!health.ok) console.error(`GET /health answered ${health.status}: ${await health.text()}`);
  const startSeconds = (performance.now() / 1_000).toFixed(1);
  const token = await system.issueToken({ tenant: DEMO_TENANT, roles: ['OWNER', 'ADMIN'], ttlSeconds: TOKEN_SECONDS });
  if (!values.empty) {
    demo = await startDemo(system.url, token, dataDir);
    for (const refusal of demo.rejections) console.error(`The demo's ${refusal}`);
  }
  print(`
Jobdeck is ready after ${startSeconds} s.

  Console   ${system.url}/console
  API       ${system.url}
  Issuer    ${system.url}/.issuer/.well-known/openid-configuration
  S3, SQS   ${system.endpoints.sqs}
  DynamoDB  ${system.endpoints.dynamodb}
  Log       ${displayPath(logFile)}
  Token     npm run --silent token -- --tenant ${DEMO_TENANT} --roles ADMIN,OWNER

Try it, as the tenant "${DEMO_TENANT}":

  curl -s ${system.url}/jobs -H 'authorization: Bearer ${token}'

Ctrl-C stops it.`);
}

/** The first signal stops the system cleanly, the second one exits immediately. */
function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) process.exit(130);
    stopping = true;
    print('\nJobdeck is stopping …');
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
}

/** Prints the reason of a failed start, and exits. */
function fail(error: unknown): never {
  const { code, port } = error as { code?: unknown; port?: unknown };
  if (code === 'EADDRINUSE') {
    console.error(`Port ${String(port)} is in use. Is Jobdeck already running? Set JOBDECK_PORT to use another port.`);
  } else {
    // Unexpected errors are printed with their stack.
    const isExplained =
      error instanceof Error && (error.constructor === Error || EXPLAINED_ERRORS.test(`${error.name} ${String(code)}`));
    console.error(isExplained ? error.message : error);
  }
  process.exit(1);
}

main().catch(fail);
