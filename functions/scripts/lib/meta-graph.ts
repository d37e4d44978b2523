import { ApiClient, type ApiResponse } from './api-client.ts';
import type { Log, State } from './define-script.ts';
import { requireVariable } from './environment.ts';

/** Namespace of values that the API does not show. */
const PRIVATE_NAMESPACE = '_meta';
/** Key of the current token in the state, shared by the tenant's Meta scripts. */
const TOKEN_KEY = 'token';

/**
 * Rate limit codes of the Graph API: for an app, a user, a page, a custom rate; for ad insights and ads management; for
 * a WhatsApp account, its throughput, and one recipient.
 * https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
const RATE_LIMIT_CODES: ReadonlySet<number> = new Set([4, 17, 32, 613, 80000, 80004, 80007, 130429, 131056]);

/** The token is expired, revoked or invalid. */
const INVALID_TOKEN_CODE = 190;

/** An error response of the Graph API: `{ error: { message, type, code, error_subcode, fbtrace_id } }`. */
export class GraphError extends Error {
  readonly code: number;

  constructor(path: string, { status, body }: ApiResponse) {
    const { message = 'no error message', code = 0 } = graphErrorOf(body) ?? {};
    super(`${path}: HTTP ${status}: (#${code}) ${message}`);
    this.name = 'GraphError';
    this.code = code;
  }
}

export interface StoredToken {
  readonly token: string;
  /** ISO 8601; null if Meta named no expiry. */
  readonly expiresAt: string | null;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Cursor of the next page; null on the last page. */
  readonly after: string | null;
}

interface GraphContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly state: State;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * A client of the Graph API for one tenant. Calls use the stored exchanged token. If there is none, or it is rejected,
 * the client exchanges `META_ACCESS_TOKEN`, the token of a login, and repeats the call.
 *
 * Variables: `META_API_URL` with the version (`https://graph.facebook.com/v23.0`), `META_ACCESS_TOKEN`, `META_APP_ID`,
 * `META_APP_SECRET`. Without the secret no token is exchanged: a system user's token does not expire.
 */
export class MetaGraph {
  readonly #client: ApiClient;
  readonly #env: GraphContext['env'];
  readonly #state: State;
  readonly #log: Log;
  readonly #base: string;

  constructor({ env, state, signal, log }: GraphContext) {
    this.#client = new ApiClient({
      signal,
      log,
      isRateLimit: ({ body }) => RATE_LIMIT_CODES.has(graphErrorOf(body)?.code ?? 0),
    });
    this.#env = env;
    this.#state = state.namespace(PRIVATE_NAMESPACE);
    this.#log = log;
    this.#base = requireVariable(env, 'META_API_URL').replace(/\/+$/, '');
  }

  /** @throws GraphError for errors that persist after waiting and a token exchange */
  async get<Body>(path: string, query: Readonly<Record<string, string>> = {}): Promise<Body> {
    return (await this.#authorized(path, query, {})) as Body;
  }

  /** @throws GraphError as `get` does */
  async post<Body>(path: string, body: unknown): Promise<Body> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return (await this.#authorized(path, {}, init)) as Body;
  }

  /**
   * Returns one page of a list.
   *
   * @param after cursor of the page; null for the first
   */
  async page<Row>(path: string, query: Readonly<Record<string, string>>, after: string | null): Promise<Page<Row>> {
    const { data, paging } = await this.get<{ data: Row[]; paging?: { cursors?: { after?: string }; next?: string } }>(
      path,
      { ...query, ...(after !== null && { after }) },
    );
    // The last page has cursors as well; only `next` indicates another page.
    return { rows: data, after: paging?.next === undefined ? null : (paging.cursors?.after ?? null) };
  }

  /** Returns the token of the last exchange, or `undefined` if there was none. */
  getStoredToken(): Promise<StoredToken | undefined> {
    return this.#state.get<StoredToken>(TOKEN_KEY);
  }

  /**
   * Exchanges the token of the login and stores the new one.
   *
   * @throws if the token is no longer valid and a new login is required
   */
  async exchangeLoginToken(): Promise<StoredToken> {
    try {
      return await this.exchangeToken(requireVariable(this.#env, 'META_ACCESS_TOKEN'));
    } catch (error) {
      if (!(error instanceof GraphError && error.code === INVALID_TOKEN_CODE)) throw error;
      const advice = "log in again and put the new token into the job's env as META_ACCESS_TOKEN";
      throw new Error(`the token of the login is no longer valid: ${advice}`, { cause: error });
    }
  }

  /**
   * Exchanges a valid token for a new long-lived one and stores it.
   * https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
   */
  async exchangeToken(token: string): Promise<StoredToken> {
    const answer = await this.#call('oauth/access_token', {
      grant_type: 'fb_exchange_token',
      client_id: requireVariable(this.#env, 'META_APP_ID'),
      client_secret: requireVariable(this.#env, 'META_APP_SECRET'),
      fb_exchange_token: token,
    });
    if (answer.status !== 200) throw new GraphError('oauth/access_token', answer);
    const { access_token, expires_in } = answer.body as { access_token: string; expires_in?: number };
    const expiresAt = expires_in === undefined ? null : new Date(Date.now() + expires_in * 1000).toISOString();
    const stored = { token: access_token, expiresAt };
    await this.#state.set(TOKEN_KEY, stored);
    return stored;
  }

  /** Returns the validity of a token; `expiresAt` is null if it does not expire. */
  async inspectToken(token: string): Promise<{ valid: boolean; expiresAt: string | null }> {
    const app = `${requireVariable(this.#env, 'META_APP_ID')}|${requireVariable(this.#env, 'META_APP_SECRET')}`;
    const answer = await this.#call('debug_token', { input_token: token }, withBearer(app));
    if (answer.status !== 200) throw new GraphError('debug_token', answer);
    const { is_valid, expires_at } = (answer.body as { data: { is_valid: boolean; expires_at?: number } }).data;
    return { valid: is_valid, expiresAt: expires_at ? new Date(expires_at * 1000).toISOString() : null };
  }

  async #authorized(path: string, query: Readonly<Record<string, string>>, init: RequestInit): Promise<unknown> {
    const exchanges = Boolean(this.#env.META_APP_SECRET);
    const stored = exchanges ? ((await this.getStoredToken()) ?? (await this.exchangeLoginToken())) : undefined;
    const token = stored?.token ?? requireVariable(this.#env, 'META_ACCESS_TOKEN');
    let answer = await this.#call(path, query, withBearer(token, init));
    if (exchanges && graphErrorOf(answer.body)?.code === INVALID_TOKEN_CODE) {
      this.#log.warn(`${path}: the token was rejected; exchanging the token of the login`);
      const renewed = await this.exchangeLoginToken();
      answer = await this.#call(path, query, withBearer(renewed.token, init));
    }
    if (answer.status >= 300) throw new GraphError(path, answer);
    return answer.body;
  }

  #call(path: string, query: Readonly<Record<string, string>>, init: RequestInit = {}): Promise<ApiResponse> {
    const url = new URL(`${this.#base}/${path}`);
    url.search = new URLSearchParams(query).toString();
    return this.#client.call(url, init);
  }
}

/** Sends the token in a header, because URLs are logged. */
function withBearer(token: string, init: RequestInit = {}): RequestInit {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  return { ...init, headers };
}

function graphErrorOf(body: unknown): { message?: string; code?: number } | undefined {
  return (body as { error?: { message?: string; code?: number } } | undefined)?.error;
}
