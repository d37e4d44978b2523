import { HEALTH_THRESHOLDS, type HealthThresholds } from '../core/domain/health.ts';

/** How people sign in: authorization code with PKCE (RFC 7636) at an OIDC provider. */
export interface SignInConfig {
  readonly clientId: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Where its session is ended; null when it has no such place. */
  readonly endSessionEndpoint: string | null;
  /** Separated by spaces. */
  readonly scopes: string;
  /** Which of the tokens it issues the API takes. */
  readonly token: 'id_token' | 'access_token';
  /** Claim that names the tenant. */
  readonly tenantClaim: string;
  /** Claim that lists the roles. */
  readonly rolesClaim: string;
}

/** What the page has to know of its deployment: `GET /console/config.json`. */
export interface ConsoleConfig {
  /** Name of the stage. */
  readonly stage: string;
  /** Base URL of the surfaces; empty: where the page is from. */
  readonly api: string;
  /** null: the deployment does not say how people sign in. */
  readonly signIn: SignInConfig | null;
  /** When the status light turns. */
  readonly health: HealthThresholds;
}

/** @param environment of the function; an empty or absent variable is one that was not set */
export function consoleConfig(environment: {
  readonly stage: string;
  /** JSON of `SignIn` */
  readonly signIn: string | undefined;
  /** JSON of `HealthThresholds` */
  readonly health: string | undefined;
}): ConsoleConfig {
  const { stage, signIn, health } = environment;
  return {
    stage,
    api: '',
    signIn: signIn ? (JSON.parse(signIn) as SignInConfig) : null,
    health: health ? (JSON.parse(health) as HealthThresholds) : HEALTH_THRESHOLDS,
  };
}
