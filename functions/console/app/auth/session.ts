import type { SignInConfig } from '../../config.ts';
import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from '../../paths.ts';
import type { TokenSource } from '../api/client.ts';
import { hasUnsavedChanges } from '../hooks/use-unsaved-changes.ts';
import { replaceUrl } from '../router.ts';
import { createChallenge, randomText } from './pkce.ts';
import { type User, userFromToken } from './user.ts';

export type SessionState =
  | { readonly kind: 'starting' }
  | {
      readonly kind: 'signed-in';
      readonly user: User;
      /** Set if the sign-in expired on a page with unsaved changes. Such a page does not redirect to the issuer. */
      readonly expired?: SessionExpiry;
    }
  /** The state of a tab that was opened only to sign in for another tab. */
  | { readonly kind: 'signed-in-elsewhere' }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'failed'; readonly message: string };

/** An expired sign-in. The user renews it in another tab, so that the current tab keeps its unsaved changes. */
export interface SessionExpiry {
  /** Error message of the last attempt to renew the sign-in. */
  readonly error?: string;
}

/** Stored in session storage while the browser is at the issuer. Tokens are never stored. */
interface PendingSignIn {
  readonly state: string;
  readonly verifier: string;
  /** Path and query to return to after the sign-in. */
  readonly returnTo: string;
}

const PENDING_SIGN_IN_KEY = 'jobdeck.signing-in';
/** Name of the broadcast channel on which a tab that was opened to sign in sends the issuer's answer. */
const SIGN_IN_CHANNEL = 'jobdeck.signed-in';
/** Prefix of `state` in a tab that was opened to sign in for another tab. */
const OTHER_TAB_PREFIX = 'elsewhere.';
/** Milliseconds before its expiry at which a token is renewed. */
const RENEWAL_MARGIN_MS = 60_000;
/** Seconds; used if the token response has no `expires_in`. */
const DEFAULT_TOKEN_LIFETIME_S = 300;

interface Tokens {
  readonly token: string;
  readonly refreshToken: string | undefined;
  /** Milliseconds of the monotonic clock, because the browser's wall clock may be wrong. */
  readonly expiresAt: number;
}

interface TokenResponse {
  readonly id_token?: string;
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly expires_in?: number;
}

/**
 * The sign-in of the current user: authorization code flow with PKCE.
 *
 * Tokens are kept in memory only. A reload redirects to the issuer, which returns at once while its own session is
 * valid.
 */
export class Session implements TokenSource {
  readonly #signIn: SignInConfig;
  readonly #onChange: (state: SessionState) => void;
  #tokens: Tokens | undefined;
  #renewal: Promise<Tokens> | undefined;
  /** Resolves the requests that wait for the renewal of an expired sign-in. */
  #resume: ((tokens: Tokens) => void) | undefined;
  #user: User | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(signIn: SignInConfig, onChange: (state: SessionState) => void) {
    this.#signIn = signIn;
    this.#onChange = onChange;
  }

  /**
   * Starts the session according to the current URL: completes a sign-in, shows that the user signed out, or signs in.
   */
  async start(): Promise<void> {
    if (location.pathname === SIGNED_OUT_PATH) return this.#onChange({ kind: 'signed-out' });
    if (location.pathname !== SIGNED_IN_PATH) return this.signIn(location.pathname + location.search);
    const query = new URLSearchParams(location.search);
    const pending = takePendingSignIn();
    if (query.get('state')?.startsWith(OTHER_TAB_PREFIX)) return this.#sendToOtherTab(location.search);
    // Back led to the issuer, which redirects at once while its session is valid: go back one entry more.
    if (!pending && isBackForward() && history.length > 1) return history.back();
    // Removes the used code from the history.
    replaceUrl(pending?.returnTo ?? '/console');
    if (!pending) return this.signIn('/console');
    try {
      this.#store(await this.#redeemCode(query, pending));
    } catch (error) {
      this.#onChange({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Redirects to the issuer's sign-in page. */
  async signIn(returnTo = '/console'): Promise<void> {
    const pending: PendingSignIn = { state: randomText(), verifier: randomText(), returnTo };
    sessionStorage.setItem(PENDING_SIGN_IN_KEY, JSON.stringify(pending));
    // `replace`: Back must not lead to a page that redirects to the issuer again.
    location.replace(await this.#authorizationUrl(pending));
  }

  /**
   * Opens the issuer's sign-in page in a new tab and receives the answer from that tab: the current page keeps its
   * state.
   *
   * Resolves when the sign-in has been renewed.
   */
  async signInInOtherTab(): Promise<void> {
    const pending = { state: OTHER_TAB_PREFIX + randomText(), verifier: randomText(), returnTo: '' };
    const answer = receiveAnswer(pending.state);
    open(await this.#authorizationUrl(pending), '_blank', 'noopener');
    try {
      const tokens = await this.#redeemCode(await answer, pending);
      this.#assertSameTenant(tokens);
      this.#resume?.(this.#store(tokens));
    } catch (error) {
      this.#expire(error instanceof Error ? error.message : String(error));
    }
  }

  async #authorizationUrl({ state, verifier }: PendingSignIn): Promise<string> {
    const url = new URL(this.#signIn.authorizationEndpoint);
    const parameters = {
      response_type: 'code',
      client_id: this.#signIn.clientId,
      redirect_uri: location.origin + SIGNED_IN_PATH,
      scope: this.#signIn.scopes,
      state,
      code_challenge: await createChallenge(verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /** Discards the tokens and ends the issuer's session if the issuer has an endpoint for it. */
  signOut(): void {
    clearTimeout(this.#timer);
    this.#tokens = undefined;
    const back = location.origin + SIGNED_OUT_PATH;
    const { endSessionEndpoint, clientId } = this.#signIn;
    if (endSessionEndpoint === null) {
      location.assign(back);
      return;
    }
    const url = new URL(endSessionEndpoint);
    // Parameter names of Cognito and of OpenID Connect.
    const parameters = { client_id: clientId, logout_uri: back, post_logout_redirect_uri: back };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    location.assign(url);
  }

  async token(): Promise<string> {
    const tokens = this.#tokens;
    if (tokens && performance.now() < tokens.expiresAt - RENEWAL_MARGIN_MS / 2) return tokens.token;
    return (await this.#renew()).token;
  }

  async onRejected(token: string): Promise<void> {
    if (this.#tokens?.token === token) await this.#renew();
  }

  /**
   * Renews the tokens; concurrent calls share one renewal.
   *
   * If the refresh token fails, redirects to the issuer. A page with unsaved changes asks for a sign-in in another tab
   * instead.
   */
  #renew(): Promise<Tokens> {
    this.#renewal ??= this.#refresh()
      .catch(async () => {
        if (hasUnsavedChanges()) {
          const renewed = new Promise<Tokens>((resolve) => {
            this.#resume = resolve;
          });
          this.#expire();
          return renewed;
        }
        await this.signIn(location.pathname + location.search);
        return new Promise<never>(() => {});
      })
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }

  #expire(error?: string): void {
    if (!this.#user) return;
    this.#onChange({ kind: 'signed-in', user: this.#user, expired: error === undefined ? {} : { error } });
  }

  /** Rejects tokens of another organization, because changes on the page would be saved there. */
  #assertSameTenant(answer: TokenResponse): void {
    const token = answer[this.#signIn.token];
    const tenant = this.#user?.tenant;
    if (token && userFromToken(token, this.#signIn).tenant !== tenant) {
      throw new Error(`You signed in to another organization. This page belongs to ${tenant}.`);
    }
  }

  #sendToOtherTab(answer: string): void {
    replaceUrl(SIGNED_IN_PATH);
    const channel = new BroadcastChannel(SIGN_IN_CHANNEL);
    channel.postMessage(answer);
    channel.close();
    this.#onChange({ kind: 'signed-in-elsewhere' });
  }

  async #refresh(): Promise<Tokens> {
    const refreshToken = this.#tokens?.refreshToken;
    if (!refreshToken) throw new Error('There is no refresh token.');
    const answer = await this.#requestToken({ grant_type: 'refresh_token', refresh_token: refreshToken });
    // Cognito returns no new refresh token: the previous one stays valid.
    return this.#store({ refresh_token: refreshToken, ...answer });
  }

  async #redeemCode(query: URLSearchParams, pending: PendingSignIn): Promise<TokenResponse> {
    const error = query.get('error');
    if (error) throw new Error(query.get('error_description') ?? `The issuer returned the error ${error}.`);
    if (query.get('state') !== pending.state) throw new Error("The issuer's answer belongs to another sign-in.");
    return this.#requestToken({
      grant_type: 'authorization_code',
      code: query.get('code') ?? '',
      redirect_uri: location.origin + SIGNED_IN_PATH,
      code_verifier: pending.verifier,
    });
  }

  async #requestToken(parameters: Readonly<Record<string, string>>): Promise<TokenResponse> {
    const body = new URLSearchParams({ client_id: this.#signIn.clientId, ...parameters });
    const response = await fetch(this.#signIn.tokenEndpoint, { method: 'POST', body, credentials: 'omit' });
    if (!response.ok) throw new Error(`The issuer returned no token (HTTP ${response.status}).`);
    return (await response.json()) as TokenResponse;
  }

  #store(answer: TokenResponse): Tokens {
    const {
      [this.#signIn.token]: token,
      refresh_token: refreshToken,
      expires_in: lifetime = DEFAULT_TOKEN_LIFETIME_S,
    } = answer;
    if (!token) throw new Error(`The issuer's response has no ${this.#signIn.token}.`);
    const tokens = { token, refreshToken, expiresAt: performance.now() + lifetime * 1_000 };
    this.#tokens = tokens;
    this.#user = userFromToken(token, this.#signIn);
    this.#onChange({ kind: 'signed-in', user: this.#user });
    clearTimeout(this.#timer);
    const wait = Math.max(1_000, lifetime * 1_000 - RENEWAL_MARGIN_MS);
    if (refreshToken) this.#timer = setTimeout(() => void this.#renew(), wait);
    return tokens;
  }
}

/** @returns whether the document was loaded by Back or Forward */
const isBackForward = (): boolean =>
  performance
    .getEntriesByType('navigation')
    .some((entry) => (entry as PerformanceNavigationTiming).type === 'back_forward');

/** Resolves with the issuer's answer to a sign-in in another tab. */
function receiveAnswer(state: string): Promise<URLSearchParams> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(SIGN_IN_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent) => {
      const query = new URLSearchParams(String(data));
      if (query.get('state') !== state) return;
      channel.close();
      resolve(query);
    };
  });
}

function takePendingSignIn(): PendingSignIn | undefined {
  const stored = sessionStorage.getItem(PENDING_SIGN_IN_KEY);
  sessionStorage.removeItem(PENDING_SIGN_IN_KEY);
  return stored === null ? undefined : (JSON.parse(stored) as PendingSignIn);
}
