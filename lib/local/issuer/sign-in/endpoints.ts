import type { SignInConfig } from '../../../../functions/console/config.ts';
import { CLIENT_ID, ISSUER_PATH, issuerUrl } from '../issuer-urls.ts';

/** Paths of the sign-in endpoints under `ISSUER_PATH`. */
export const AUTHORIZE = '/authorize';
export const TOKEN = '/token';
export const LOGOUT = '/logout';
export const STYLE = '/style.css';

/** Returns the request path of an endpoint. */
export const endpointPath = (endpoint: string) => `${ISSUER_PATH}${endpoint}`;

/**
 * Returns the sign-in configuration of the console: the template's Cognito configuration with the local issuer instead.
 */
export function localSignInConfig(port: number): SignInConfig {
  const url = issuerUrl(port);
  return {
    clientId: CLIENT_ID,
    authorizationEndpoint: `${url}${AUTHORIZE}`,
    tokenEndpoint: `${url}${TOKEN}`,
    endSessionEndpoint: `${url}${LOGOUT}`,
    scopes: 'openid email profile',
    token: 'id_token',
    tenantClaim: 'custom:tenant',
    rolesClaim: 'cognito:groups',
  };
}
