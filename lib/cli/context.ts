import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { ApiClient } from './api.ts';
import { type Environment, issueLocalToken, parseTenantOption, resolveApiUrl } from './connection.ts';
import { UsageError } from './errors.ts';

/** Exit codes. */
export const EXIT_OK = 0;
/** The API rejected a request, or a run did not succeed. */
export const EXIT_FAILURE = 1;
/** The command line is invalid. */
export const EXIT_USAGE = 2;
/** `apply --dry-run --detailed-exitcode` found differences. */
export const EXIT_CHANGES = 3;

export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Asks a question on the terminal and returns the answer; absent without a terminal. */
  readonly ask?: (question: string) => Promise<string>;
}

/** Options of all commands. */
export interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
  readonly tenant?: readonly string[];
  readonly json?: true;
}

/** Services of the commands. */
export class CommandContext {
  readonly environment: Environment;
  /** The exit code of the process, set by a command that fails without an error message. */
  exitCode = EXIT_OK;
  /** Prints text and a line break to the standard output. */
  readonly print: (text: string) => void;
  /** Prints progress and warnings to the standard error. */
  readonly note: (text: string) => void;
  /** Asks a question on the terminal; absent without a terminal. */
  readonly ask: Output['ask'];
  readonly #options: () => GlobalOptions;
  #api: ApiClient | undefined;

  /** @param options returns the parsed global options; called by commands only */
  constructor(environment: Environment, output: Output, options: () => GlobalOptions) {
    this.environment = environment;
    this.print = (text) => output.out(`${text}\n`);
    this.note = (text) => output.err(`${text}\n`);
    this.ask = output.ask;
    this.#options = options;
  }

  /**
   * The API with the token of the command line, or a token of the local system.
   *
   * @throws UsageError for an invalid `--url` or `--tenant`
   */
  get api(): ApiClient {
    this.#api ??= this.connect();
    return this.#api;
  }

  /** @returns whether responses are printed as JSON */
  get json(): boolean {
    return this.#options().json ?? false;
  }

  /** The tenant of issued tokens. @throws UsageError */
  get tenant(): TenantId {
    const [tenant, ...others] = this.#options().tenant ?? [];
    if (others.length > 0) throw new UsageError('--tenant must be given once for this command');
    return parseTenantOption(tenant);
  }

  /** The tenants of `--tenant`, which may be repeated. @throws UsageError */
  get tenantNames(): readonly TenantId[] {
    return (this.#options().tenant ?? []).map(parseTenantOption);
  }

  /** `--token` or `JOBDECK_TOKEN`. */
  get token(): string | undefined {
    return this.#options().token ?? this.environment.JOBDECK_TOKEN;
  }

  /** `--url`. */
  get urlOption(): string | undefined {
    return this.#options().url;
  }

  /** Current time in epoch milliseconds. */
  now(): number {
    return Date.now();
  }

  /**
   * Creates a client of the API. A token of the local system is issued at its first request, and expires after an hour.
   *
   * @param signal ends requests under way when it aborts
   * @throws UsageError for an invalid `--url` or `--tenant`
   */
  connect(signal?: AbortSignal): ApiClient {
    const { environment, tenant } = this;
    const url = resolveApiUrl(this.urlOption, environment);
    const { token } = this;
    return new ApiClient(url, async () => token || issueLocalToken(url, environment, { tenant }), signal);
  }
}
