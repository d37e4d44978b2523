import type { SignIn } from '../../config.ts';
import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from '../../paths.ts';
import type { TokenSource } from '../api/client.ts';
import { type Person, personOf } from './person.ts';
import { challengeOf, randomText } from './pkce.ts';

export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'signed-in'; readonly person: Person }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'failed'; readonly message: string };

/** What the page remembers while it is away at the issuer. No token is ever kept in storage. */
interface Journey {
  readonly state: string;
  readonly verifier: string;
  /** Path and query to come back to. */
  readonly returnTo: string;
}

const JOURNEY = 'jobdeck.signing-in';
/** A token is renewed this long before it expires. */
const RENEW_EARLY_MS = 60_000;
/** What is taken for the life of a token whose issuer does not say. */
const DEFAULT_LIFE_S = 300;

interface Tokens {
  readonly token: string;
  readonly refreshToken: string | undefined;
  /** By the monotonic clock: the browser's own may be wrong. */
  readonly expiresAt: number;
}

interface TokenAnswer {
  readonly id_token?: string;
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly expires_in?: number;
}

/**
 * Who is signed in: authorization code with PKCE. Tokens are in memory only, so a reload goes to the issuer and comes
 * back at once as long as the issuer's own session lasts.
 */
export class Session implements TokenSource {
  readonly #signIn: SignIn;
  readonly #onChange: (state: SessionState) => void;
  #tokens: Tokens | undefined;
  #renewing: Promise<Tokens> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(signIn: SignIn, onChange: (state: SessionState) => void) {
    this.#signIn = signIn;
    this.#onChange = onChange;
  }

  /** Goes on where the address says: back from the issuer, signed out, or on the way in. */
  async start(): Promise<void> {
    if (location.pathname === SIGNED_OUT_PATH) return this.#onChange({ kind: 'signed-out' });
    if (location.pathname !== SIGNED_IN_PATH) return this.signIn(location.pathname + location.search);
    const query = new URLSearchParams(location.search);
    const journey = takeJourney();
    // The code is good for nothing any more; it need not stay in the history.
    history.replaceState(null, '', journey?.returnTo ?? '/console');
    if (!journey) return this.signIn('/console');
    try {
      this.#keep(await this.#redeem(query, journey));
    } catch (error) {
      this.#onChange({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Leaves for the issuer's sign-in page. */
  async signIn(returnTo = '/console'): Promise<void> {
    const journey: Journey = { state: randomText(), verifier: randomText(), returnTo };
    sessionStorage.setItem(JOURNEY, JSON.stringify(journey));
    const url = new URL(this.#signIn.authorizationEndpoint);
    const parameters = {
      response_type: 'code',
      client_id: this.#signIn.clientId,
      redirect_uri: location.origin + SIGNED_IN_PATH,
      scope: this.#signIn.scopes,
      state: journey.state,
      code_challenge: await challengeOf(journey.verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    location.assign(url);
  }

  /** Forgets the tokens, and ends the issuer's session where it has a place for that. */
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
    // Cognito's name for it, and the one of OpenID Connect.
    const parameters = { client_id: clientId, logout_uri: back, post_logout_redirect_uri: back };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    location.assign(url);
  }

  async token(): Promise<string> {
    const tokens = this.#tokens;
    if (tokens && performance.now() < tokens.expiresAt - RENEW_EARLY_MS / 2) return tokens.token;
    return (await this.#renew()).token;
  }

  async refused(token: string): Promise<void> {
    if (this.#tokens?.token === token) await this.#renew();
  }

  /** One renewal at a time. What cannot be renewed quietly is a new way in; the page is left then. */
  #renew(): Promise<Tokens> {
    this.#renewing ??= this.#refresh()
      .catch(async () => {
        await this.signIn(location.pathname + location.search);
        return new Promise<never>(() => {});
      })
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  async #refresh(): Promise<Tokens> {
    const refreshToken = this.#tokens?.refreshToken;
    if (!refreshToken) throw new Error('There is no refresh token.');
    const answer = await this.#ask({ grant_type: 'refresh_token', refresh_token: refreshToken });
    // Cognito gives no new refresh token: the old one goes on.
    return this.#keep({ refresh_token: refreshToken, ...answer });
  }

  async #redeem(query: URLSearchParams, journey: Journey): Promise<TokenAnswer> {
    const error = query.get('error');
    if (error) throw new Error(query.get('error_description') ?? `The issuer answered: ${error}`);
    if (query.get('state') !== journey.state) throw new Error('The answer of the issuer is not for this page.');
    return this.#ask({
      grant_type: 'authorization_code',
      code: query.get('code') ?? '',
      redirect_uri: location.origin + SIGNED_IN_PATH,
      code_verifier: journey.verifier,
    });
  }

  async #ask(parameters: Readonly<Record<string, string>>): Promise<TokenAnswer> {
    const body = new URLSearchParams({ client_id: this.#signIn.clientId, ...parameters });
    const response = await fetch(this.#signIn.tokenEndpoint, { method: 'POST', body, credentials: 'omit' });
    if (!response.ok) throw new Error(`The issuer gave no token (${response.status}).`);
    return (await response.json()) as TokenAnswer;
  }

  #keep(answer: TokenAnswer): Tokens {
    const { [this.#signIn.token]: token, refresh_token: refreshToken, expires_in: life = DEFAULT_LIFE_S } = answer;
    if (!token) throw new Error(`The issuer's answer has no ${this.#signIn.token}.`);
    const tokens = { token, refreshToken, expiresAt: performance.now() + life * 1_000 };
    this.#tokens = tokens;
    this.#onChange({ kind: 'signed-in', person: personOf(token, this.#signIn) });
    clearTimeout(this.#timer);
    const wait = Math.max(1_000, life * 1_000 - RENEW_EARLY_MS);
    if (refreshToken) this.#timer = setTimeout(() => void this.#renew(), wait);
    return tokens;
  }
}

function takeJourney(): Journey | undefined {
  const kept = sessionStorage.getItem(JOURNEY);
  sessionStorage.removeItem(JOURNEY);
  return kept === null ? undefined : (JSON.parse(kept) as Journey);
}
