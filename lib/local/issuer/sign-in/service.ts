import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ROLES, type Role } from '../../../../functions/core/domain/access.ts';
import { parseTenantId, type TenantId } from '../../../../functions/core/domain/tenant.ts';
import { DEMO_TENANT } from '../../demo/tenant.ts';
import { readBody } from '../../support/http.ts';
import { CLIENT_ID, ISSUER_PATH, issuerUrl } from '../issuer-urls.ts';
import { AUTHORIZE, endpointPath, LOGOUT, STYLE, TOKEN } from './endpoints.ts';
import { refusalPage, STYLESHEET, signInPage } from './page.ts';
import {
  type AuthorizationRequest,
  callbackUrl,
  loopbackOrigins,
  parseAuthorizationRequest,
  parseLogoutUri,
  SignInError,
} from './request.ts';

/** The identity that a user chose on the sign-in page. */
export interface SignedInUser {
  readonly tenant: TenantId;
  readonly roles: readonly Role[];
}

/** Signs and verifies tokens with the issuer's key. */
export interface TokenSealer {
  /** Issues an ID token. */
  issueToken(user: SignedInUser, ttlSeconds: number): Promise<string>;
  /** Signs the user's identity for the issuer's own use. */
  seal(user: SignedInUser, purpose: Purpose, ttlSeconds: number): Promise<string>;
  /**
   * Verifies a sealed identity.
   *
   * @returns `undefined` if the seal is invalid, expired or has another purpose
   */
  open(sealed: string, purpose: Purpose): Promise<SignedInUser | undefined>;
}

export type Purpose = 'session' | 'refresh';

/** Default token lifetime of Cognito. */
const TOKEN_SECONDS = 3_600;
const SESSION_SECONDS = 12 * 3_600;
const REFRESH_SECONDS = 12 * 3_600;
const CODE_MS = 60_000;
const BODY_BYTES = 16 * 1024;

/** An issued authorization code, valid once. */
interface AuthorizationCode {
  readonly person: SignedInUser;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly until: number;
}

type Send = (status: number, headers: Readonly<Record<string, string>>, body?: string) => void;

/**
 * Replaces the sign-in page of a user pool: authorization code with PKCE, refresh tokens, a session cookie (so that
 * reloading the console does not ask again) and sign-out.
 */
export class SignInService {
  readonly #port: number;
  readonly #sealer: TokenSealer;
  readonly #codes = new Map<string, AuthorizationCode>();
  /** Cookies are shared by all ports of a host, so the name contains the port. */
  readonly #cookie: string;

  constructor(port: number, sealer: TokenSealer) {
    this.#port = port;
    this.#sealer = sealer;
    this.#cookie = `jobdeck_session_${port}`;
  }

  /**
   * Handles a request to one of the sign-in endpoints.
   *
   * @returns `false` if the path is none of them
   */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(request.url ?? '/', issuerUrl(this.#port));
    const route = `${request.method} ${url.pathname.slice(ISSUER_PATH.length)}`;
    const send: Send = (status, headers, body = '') => {
      response.writeHead(status, { ...headersFor(this.#port), ...headers });
      response.end(body);
    };
    const page: Send = (status, headers, body) =>
      send(status, { 'content-type': 'text/html; charset=utf-8', ...headers }, body);
    try {
      switch (route) {
        case `GET ${AUTHORIZE}`:
          this.#assertOwnHost(request);
          await this.#authorize(request, url, page);
          return true;
        case `POST ${AUTHORIZE}`:
          this.#assertOwnHost(request);
          await this.#signIn(request, url, page);
          return true;
        case `POST ${TOKEN}`:
          this.#assertOwnHost(request);
          await this.#token(request, send);
          return true;
        case `GET ${LOGOUT}`:
          send(302, { location: parseLogoutUri(url.searchParams, this.#port), 'set-cookie': this.#setCookie('', 0) });
          return true;
        case `GET ${STYLE}`:
          send(200, { 'content-type': 'text/css; charset=utf-8' }, STYLESHEET);
          return true;
        default:
          return false;
      }
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      page(400, {}, refusalPage(error.message));
      return true;
    }
  }

  /** Prevents DNS rebinding: a page under another host name that resolves to this machine must not get a token. */
  #assertOwnHost({ headers: { host = '' } }: IncomingMessage): void {
    const known = loopbackOrigins(this.#port);
    if (!known.includes(`http://${host}`))
      throw new SignInError(`Open ${known.join(' or ')}; this is ${host || 'no host'}`);
  }

  async #authorize(request: IncomingMessage, url: URL, page: Send): Promise<void> {
    const authorization = parseAuthorizationRequest(url.searchParams, this.#port);
    const user = authorization.prompt === 'login' ? undefined : await this.#sessionUser(request);
    if (user)
      return page(302, { location: callbackUrl(authorization, { code: this.#issueCode(authorization, user) }) });
    if (authorization.prompt === 'none')
      return page(302, { location: callbackUrl(authorization, { error: 'login_required' }) });
    page(200, {}, signInPage(endpointPath(AUTHORIZE) + url.search, { tenant: DEMO_TENANT, roles: ['ADMIN'] }));
  }

  async #signIn(request: IncomingMessage, url: URL, page: Send): Promise<void> {
    const authorization = parseAuthorizationRequest(url.searchParams, this.#port);
    const form = await readForm(request);
    const tenant = parseTenantId(form.get('tenant'));
    const selectedRoles = form.getAll('role');
    const roles = ROLES.filter((role) => selectedRoles.includes(role));
    if (!tenant || roles.length === 0) {
      const problem = tenant ? 'Choose at least one role.' : 'An organization is 1–64 of A–Z a–z 0–9 _ and -.';
      const submitted = { tenant: form.get('tenant') ?? '', roles: selectedRoles, problem };
      return page(400, {}, signInPage(endpointPath(AUTHORIZE) + url.search, submitted));
    }
    const user = { tenant, roles };
    const session = await this.#sealer.seal(user, 'session', SESSION_SECONDS);
    const location = callbackUrl(authorization, { code: this.#issueCode(authorization, user) });
    page(303, { location, 'set-cookie': this.#setCookie(session, SESSION_SECONDS) });
  }

  async #token(request: IncomingMessage, send: Send): Promise<void> {
    const { origin } = request.headers;
    const cors =
      origin !== undefined && loopbackOrigins(this.#port).includes(origin)
        ? { 'access-control-allow-origin': origin, vary: 'origin' }
        : undefined;
    const json = (status: number, body: object) =>
      send(status, { 'content-type': 'application/json', ...cors }, JSON.stringify(body));
    const form = await readForm(request);
    const user = form.get('client_id') === CLIENT_ID ? await this.#redeem(form) : undefined;
    if (!user) return json(400, { error: 'invalid_grant' });
    const token = await this.#sealer.issueToken(user, TOKEN_SECONDS);
    json(200, {
      id_token: token,
      access_token: token,
      token_type: 'Bearer',
      expires_in: TOKEN_SECONDS,
      refresh_token: await this.#sealer.seal(user, 'refresh', REFRESH_SECONDS),
    });
  }

  /** Redeems an authorization code or a refresh token. */
  async #redeem(form: URLSearchParams): Promise<SignedInUser | undefined> {
    if (form.get('grant_type') === 'refresh_token') {
      return this.#sealer.open(form.get('refresh_token') ?? '', 'refresh');
    }
    const code = form.get('code') ?? '';
    const issued = this.#codes.get(code);
    this.#codes.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isValid =
      form.get('grant_type') === 'authorization_code' &&
      issued?.redirectUri === form.get('redirect_uri') &&
      issued?.codeChallenge === challenge &&
      performance.now() < issued.until;
    return isValid ? issued.person : undefined;
  }

  #issueCode({ redirectUri, codeChallenge }: AuthorizationRequest, user: SignedInUser): string {
    for (const [code, { until }] of this.#codes) if (until < performance.now()) this.#codes.delete(code);
    const code = randomBytes(24).toString('base64url');
    this.#codes.set(code, { person: user, redirectUri, codeChallenge, until: performance.now() + CODE_MS });
    return code;
  }

  async #sessionUser({ headers: { cookie = '' } }: IncomingMessage): Promise<SignedInUser | undefined> {
    const named = cookie.split(/;\s*/).find((one) => one.startsWith(`${this.#cookie}=`));
    return named ? this.#sealer.open(named.slice(this.#cookie.length + 1), 'session') : undefined;
  }

  #setCookie(value: string, seconds: number): string {
    return `${this.#cookie}=${value}; Path=${ISSUER_PATH}; Max-Age=${seconds}; HttpOnly; SameSite=Lax`;
  }
}

/** The form redirects to the console, so the policy must allow the origin under which the page was opened. */
const headersFor = (port: number) => ({
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    'img-src data:',
    `form-action 'self' ${loopbackOrigins(port).join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});

/** @throws SignInError if the body exceeds 16 KB */
async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const body = await readBody(request);
  if (body.length > BODY_BYTES) throw new SignInError(`A form has at most ${BODY_BYTES} bytes, got ${body.length}`);
  return new URLSearchParams(body.toString('utf8'));
}
