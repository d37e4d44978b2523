import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Behavior of the mock API. It is deterministic: the same calls get the same responses. */
export interface IntegrationsApiOptions {
  /** @default 0, a free port */
  readonly port?: number;
  /** Maximum number of rows in a page. @default 25 */
  readonly pageSize?: number;
  /** Campaigns in the ad account. @default 60 */
  readonly campaigns?: number;
  /** Initial number of contacts. @default 20 */
  readonly contacts?: number;
  /** Contacts that are added after each complete read of the list. @default 3 */
  readonly arrivals?: number;
  /** Every n-th contact is not on WhatsApp; 0 disables. @default 9 */
  readonly unreachableEvery?: number;
  /** Every n-th request is rate-limited; 0 disables. @default 12 */
  readonly rateLimitEvery?: number;
  /** Seconds in `Retry-After`. @default 1 */
  readonly retryAfter?: number;
  /** Calls after which an exchanged token expires. @default 40 */
  readonly tokenUses?: number;
}

export interface SentMessage {
  readonly to: string;
  readonly template: string;
}

export interface IntegrationsApi {
  readonly url: string;
  /** Environment variables for each script. */
  readonly env: Readonly<
    Record<'whatsapp-automation' | 'meta-spend-fetch' | 'meta-token-refresh', Record<string, string>>
  >;
  /** Messages sent through WhatsApp, in order. */
  readonly messages: readonly SentMessage[];
  /** Number of responses by `METHOD path status`. */
  readonly answers: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

const VERSION = '/v23.0';
const AD_ACCOUNT = '1001';
const PHONE_NUMBER = '2002';
const APP_ID = '3003';
const APP_SECRET = 'local-app-secret';
/** Token of the initial login; valid for exchanges and calls, does not expire. */
const LOGIN_TOKEN = 'local-login-token';
/** Reported lifetime of an exchanged token in seconds: 60 days. */
const TOKEN_SECONDS = 5_184_000;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/**
 * Starts a mock, on 127.0.0.1, of the APIs that the example scripts use: Meta's Graph API (ad insights, token exchange
 * and inspection, WhatsApp messages) and a customer list. It implements paging, rate limits with `Retry-After` and
 * token expiry, with the shapes and error codes of https://developers.facebook.com/docs/graph-api and
 * https://developers.facebook.com/docs/whatsapp/cloud-api.
 *
 * Environment variables of the scripts (included in `env` of the result):
 * - all: `META_API_URL`, `META_ACCESS_TOKEN`, `META_APP_ID`, `META_APP_SECRET`
 * - `meta-spend-fetch [YYYY-MM-DD]`: `META_AD_ACCOUNT_ID`
 * - `meta-token-refresh [days]`: none
 * - `whatsapp-automation`: `WHATSAPP_PHONE_NUMBER_ID`, `CONTACTS_URL`, optionally `WHATSAPP_TEMPLATE` and
 *   `WHATSAPP_LANGUAGE`
 *
 * Jobs store the URL in their definition: use a fixed port if jobs outlive the process. Issued tokens do not outlive
 * the process; scripts then exchange the login token again.
 */
export async function startIntegrationsApi(options: IntegrationsApiOptions = {}): Promise<IntegrationsApi> {
  const mock = new IntegrationsServer(options);
  const server = createServer((request, response) => {
    void serve(mock, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const meta = {
    META_API_URL: `${url}${VERSION}`,
    META_ACCESS_TOKEN: LOGIN_TOKEN,
    META_APP_ID: APP_ID,
    META_APP_SECRET: APP_SECRET,
  };
  return {
    url,
    env: {
      'meta-spend-fetch': { ...meta, META_AD_ACCOUNT_ID: AD_ACCOUNT },
      'meta-token-refresh': meta,
      'whatsapp-automation': { ...meta, WHATSAPP_PHONE_NUMBER_ID: PHONE_NUMBER, CONTACTS_URL: `${url}/contacts` },
    },
    messages: mock.messages,
    answers: mock.answers,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(mock: IntegrationsServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const { status, body, headers } = mock.answer(request, url, text);
  const counted = `${request.method} ${url.pathname} ${status}`;
  mock.answers[counted] = (mock.answers[counted] ?? 0) + 1;
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

class IntegrationsServer {
  readonly messages: SentMessage[] = [];
  readonly answers: Record<string, number> = {};
  readonly #options: Required<Omit<IntegrationsApiOptions, 'port'>>;
  /** Remaining calls of each exchanged token. */
  readonly #tokens = new Map<string, number>();
  #contacts: number;
  #requests = 0;

  constructor(options: IntegrationsApiOptions) {
    this.#options = {
      pageSize: 25,
      campaigns: 60,
      contacts: 20,
      arrivals: 3,
      unreachableEvery: 9,
      rateLimitEvery: 12,
      retryAfter: 1,
      tokenUses: 40,
      ...options,
    };
    this.#contacts = this.#options.contacts;
  }

  answer(request: IncomingMessage, url: URL, text: string): Answer {
    this.#requests += 1;
    const { rateLimitEvery, retryAfter } = this.#options;
    const whatsapp = `${VERSION}/${PHONE_NUMBER}/messages`;
    if (rateLimitEvery > 0 && this.#requests % rateLimitEvery === 0) {
      const headers = { 'retry-after': String(retryAfter) };
      if (!url.pathname.startsWith(VERSION)) return { status: 429, body: { error: 'too many requests' }, headers };
      // Ad insights respond with 400 and a special code, WhatsApp with 429.
      if (url.pathname === whatsapp) return { ...graphError(429, 130429, 'Rate limit hit'), headers };
      return { ...graphError(400, 80000, 'There have been too many calls from this ad-account.'), headers };
    }
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /contacts':
        return this.#listContacts(url.searchParams.get('after'));
      case `GET ${VERSION}/oauth/access_token`:
        return this.#exchange(url.searchParams);
      case `GET ${VERSION}/debug_token`:
        return this.#inspect(bearerToken(request), url.searchParams.get('input_token') ?? '');
      case `GET ${VERSION}/act_${AD_ACCOUNT}/insights`:
        return this.#expired(bearerToken(request), 400) ?? this.#insights(url);
      case `POST ${whatsapp}`:
        return this.#expired(bearerToken(request), 401) ?? this.#send(text);
      default:
        return graphError(400, 100, `Unsupported request: ${request.method} ${url.pathname}`);
    }
  }

  #listContacts(after: string | null): Answer {
    const from = after === null ? 0 : Number(after);
    const to = Math.min(from + this.#options.pageSize, this.#contacts);
    const contacts = range(from + 1, to).map((id) => ({
      id: String(id),
      name: `Contact ${id}`,
      phone: phoneNumber(id),
    }));
    const atEnd = to === this.#contacts;
    if (atEnd) this.#contacts += this.#options.arrivals;
    return { status: 200, body: { contacts, next: atEnd ? null : String(to) } };
  }

  #exchange(query: URLSearchParams): Answer {
    if (query.get('client_id') !== APP_ID || query.get('client_secret') !== APP_SECRET) {
      return graphError(400, 1, 'Error validating client secret.');
    }
    const token = query.get('fb_exchange_token') ?? '';
    if (token !== LOGIN_TOKEN && !this.#tokens.get(token)) return expiredToken(400);
    const access_token = `local-token-${this.#tokens.size + 1}`;
    this.#tokens.set(access_token, this.#options.tokenUses);
    return { status: 200, body: { access_token, token_type: 'bearer', expires_in: TOKEN_SECONDS } };
  }

  #inspect(app: string, token: string): Answer {
    if (app !== `${APP_ID}|${APP_SECRET}`) return graphError(400, 190, 'Invalid OAuth access token.');
    const is_valid = token === LOGIN_TOKEN || Boolean(this.#tokens.get(token));
    // In the Graph API, 0 means no expiry. The last tenth of a token's calls is reported as its last day.
    const usesLeft = this.#tokens.get(token) ?? 0;
    const days = usesLeft > this.#options.tokenUses / 10 ? 60 : 1;
    const expires_at = token === LOGIN_TOKEN ? 0 : Math.floor(Date.now() / 1000) + days * 86_400;
    return { status: 200, body: { data: { app_id: APP_ID, type: 'USER', is_valid, expires_at } } };
  }

  /**
   * Consumes one call of a token.
   *
   * @returns an error response if the token is invalid, otherwise `undefined`
   */
  #expired(token: string, status: number): Answer | undefined {
    if (token === LOGIN_TOKEN) return undefined;
    const usesLeft = this.#tokens.get(token) ?? 0;
    if (usesLeft === 0) return expiredToken(status);
    this.#tokens.set(token, usesLeft - 1);
    return undefined;
  }

  #insights(url: URL): Answer {
    const { pageSize, campaigns } = this.#options;
    const { since } = JSON.parse(url.searchParams.get('time_range') ?? '{}') as { since?: string };
    if (since === undefined) return graphError(400, 100, '(#100) time_range must have since and until');
    const after = url.searchParams.get('after');
    const from = after === null ? 0 : Number(Buffer.from(after, 'base64url').toString());
    const to = Math.min(from + pageSize, campaigns);
    const data = range(from + 1, to).map((id) => ({
      campaign_id: String(id),
      campaign_name: `Campaign ${id}`,
      spend: spend(id, since).toFixed(2),
      date_start: since,
      date_stop: since,
    }));
    const cursors = { before: cursor(from), after: cursor(to) };
    url.searchParams.set('after', cursors.after);
    const next = to < campaigns ? { next: `${url.pathname}${url.search}` } : {};
    return { status: 200, body: { data, paging: { cursors, ...next } } };
  }

  #send(text: string): Answer {
    const { to, template } = JSON.parse(text) as { to?: string; template?: { name?: string } };
    if (!to || !template?.name) return graphError(400, 100, 'Invalid parameter');
    const { unreachableEvery } = this.#options;
    if (unreachableEvery > 0 && Number(to.slice(-6)) % unreachableEvery === 0) {
      return graphError(400, 131026, 'Message undeliverable');
    }
    this.messages.push({ to, template: template.name });
    const id = `wamid.${Buffer.from(`${this.messages.length}`).toString('base64url')}`;
    const contacts = [{ input: to, wa_id: to }];
    return {
      status: 200,
      body: { messaging_product: 'whatsapp', contacts, messages: [{ id, message_status: 'accepted' }] },
    };
  }
}

function graphError(status: number, code: number, message: string): Answer {
  return { status, body: { error: { message, type: 'OAuthException', code, fbtrace_id: 'local' } } };
}

function expiredToken(status: number): Answer {
  return graphError(status, 190, 'Error validating access token: Session has expired.');
}

function bearerToken({ headers }: IncomingMessage): string {
  return headers.authorization?.replace(/^Bearer /, '') ?? '';
}

/** A fictitious phone number; 555-01xx is reserved for fiction. */
function phoneNumber(contact: number): string {
  return `1555${String(contact).padStart(7, '0')}`;
}

/** A deterministic amount of 0.00–499.99 for a campaign and day. */
function spend(campaign: number, day: string): number {
  return ((campaign * 7919 + (Date.parse(day) / 86_400_000) * 104_729) % 50_000) / 100;
}

function cursor(position: number): string {
  return Buffer.from(String(position)).toString('base64url');
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
