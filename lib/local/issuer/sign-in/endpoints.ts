import type { SignInConfig } from '../../../../functions/console/config.ts';
import { CLIENT_ID, ISSUER_PATH, issuerUrl } from '../issuer-urls.ts';

/** Paths under `ISSUER_PATH` of what signing in takes. */
export const AUTHORIZE = '/authorize';
export const TOKEN = '/token';
export const LOGOUT = '/logout';
export const STYLE = '/style.css';

/** Of a path, as it is in requests. */
export const endpointPath = (endpoint: string) => `${ISSUER_PATH}${endpoint}`;

/** How people sign in on this machine: what the template says of Cognito, with the local issuer in its place. */
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
