import { mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join, relative } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { truncate } from '../../functions/core/domain/text.ts';
import { DEMO_TENANT } from './demo/tenant.ts';
import type { LocalSettings } from './settings.ts';
import { Clock } from './support/clock.ts';
import type { LocalSystem, LocalSystemOptions } from './system.ts';

/** Time limit for a clean stop. The next start repairs an incomplete stop. */
const STOP_TIMEOUT_MS = 4_500;
/** Ctrl-C signals all processes of a terminal, and `npx` forwards the signal: both count as one. */
const SAME_SIGNAL_MS = 100;
const TOKEN_SECONDS = 12 * 3_600;
/** Names and codes of errors whose message contains the remedy. */
const EXPLAINED_ERRORS = /FolderInUseError|NotEmulated|ProjectError|ERR_PARSE_ARGS/;

/** Something that runs beside the system. */
export interface Companion {
  stop(): Promise<void> | void;
}

export interface ForegroundOptions {
  readonly settings: LocalSettings;
  /** @default the local stage of the repository */
  readonly assembly?: LocalSystemOptions['assembly'];
  /** The command that prints a token of the demo tenant. */
  readonly tokenCommand: string;
  /**
   * Starts what runs beside the system, before the system is announced.
   *
   * @param token a token of the demo tenant
   */
  readonly startCompanion: (system: LocalSystem, token: string) => Promise<Companion | undefined>;
}

const print = (text: string) => console.log(text);

/**
 * Runs the local system until a signal ends the process, and prints what a user needs to know.
 *
 * @throws Error if the start fails; `explainStartFailure` words it
 */
export async function runInForeground(options: ForegroundOptions): Promise<void> {
  enableCompileCache();
  // Without a small young generation, memory grows by 3 MB for each minute of the demo.
  setFlagsFromString('--max-semi-space-size=4');
  setFlagsFromString('--semi-space-growth-factor=1');
  const { port, dataDir, clockOffsetMs } = options.settings;
  print(`Jobdeck is starting on port ${port}, with its data in ${displayPath(dataDir)}`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });

  const [{ startLocal }, { logToFile }] = await Promise.all([import('./system.ts'), import('./support/log-file.ts')]);
  const logFile = join(dataDir, 'jobdeck.log');
  const log = logToFile(logFile, ({ functionName, text }) => console.error(`[${functionName}] ${truncate(text, 500)}`));

  const clock = new Clock();
  clock.advance(clockOffsetMs);
  const { assembly } = options;
  const progress = (message: string) => print(`  ${message} …`);
  const starting = startLocal({ port, dataDir, clock, log, progress, ...(assembly !== undefined && { assembly }) });
  let companion: Companion | undefined;
  stopOnSignals(async () => {
    await (await starting).stop();
    await companion?.stop();
  });
  const system = await starting;
  void system.failure.then(async (reason) => {
    console.error(`Jobdeck stops: ${reason}`);
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    await system.stop();
    await companion?.stop();
    process.exit(1);
  });

  const health = await fetch(`${system.url}/health`);
  if (!health.ok) console.error(`GET /health answered ${health.status}: ${await health.text()}`);
  const startSeconds = (performance.now() / 1_000).toFixed(1);
  const token = await system.issueToken({ tenant: DEMO_TENANT, roles: ['OWNER', 'ADMIN'], ttlSeconds: TOKEN_SECONDS });
  companion = await options.startCompanion(system, token);
  print(`
Jobdeck is ready after ${startSeconds} s.

  Console   ${system.url}/console
  API       ${system.url}
  Issuer    ${system.url}/.issuer/.well-known/openid-configuration
  S3, SQS   ${system.endpoints.sqs}
  DynamoDB  ${system.endpoints.dynamodb}
  Log       ${displayPath(logFile)}
  Token     ${options.tokenCommand}

Try it, as the tenant "${DEMO_TENANT}":

  curl -s ${system.url}/jobs -H 'authorization: Bearer ${token}'

Ctrl-C stops it.`);
}

/** Formats a path relative to the current folder if it is inside. */
function displayPath(path: string): string {
  const relativePath = relative('', path);
  return relativePath === '' || relativePath.startsWith('..') ? path : relativePath;
}

/** The first signal stops the system cleanly, the second one exits immediately. */
function stopOnSignals(stop: () => Promise<void>): void {
  let stoppingSince: number | undefined;
  const onSignal = () => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    stoppingSince = performance.now();
    print('\nJobdeck is stopping …');
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explainStartFailure(error));
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

/** Returns what to print about a failed start: the message of an expected error, any other error with its stack. */
export function explainStartFailure(error: unknown): unknown {
  const { code, port } = error as { code?: unknown; port?: unknown };
  if (code === 'EADDRINUSE') {
    return `Port ${String(port)} is in use. Is Jobdeck already running? Set JOBDECK_PORT to use another port.`;
  }
  const isExplained =
    error instanceof Error && (error.constructor === Error || EXPLAINED_ERRORS.test(`${error.name} ${String(code)}`));
  return isExplained ? error.message : error;
}
