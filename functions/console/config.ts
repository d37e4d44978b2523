import { HEALTH_THRESHOLDS, type HealthThresholds } from '../core/domain/health.ts';

/** Sign-in at an OIDC provider: authorization code flow with PKCE (RFC 7636). */
export interface SignInConfig {
  readonly clientId: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** `null` if the provider has no endpoint that ends its session. */
  readonly endSessionEndpoint: string | null;
  /** Separated by spaces. */
  readonly scopes: string;
  /** The token that the API accepts. */
  readonly token: 'id_token' | 'access_token';
  /** Claim that names the tenant. */
  readonly tenantClaim: string;
  /** Claim that lists the roles. */
  readonly rolesClaim: string;
}

/** Configuration of the console for a deployment: `GET /console/config.json`. */
export interface ConsoleConfig {
  /** Name of the stage. */
  readonly stage: string;
  /** Base URL of the API; empty for the origin of the page. */
  readonly api: string;
  /** `null` if the deployment does not configure a sign-in. */
  readonly signIn: SignInConfig | null;
  /** Thresholds of the health status. */
  readonly health: HealthThresholds;
}

/** @param environment values of the function's environment variables; empty and absent variables are unset */
export function consoleConfig(environment: {
  readonly stage: string;
  /** JSON of `SignInConfig`. */
  readonly signIn: string | undefined;
  /** JSON of `HealthThresholds`. */
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
