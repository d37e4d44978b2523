import { LOOPBACK } from '../support/http.ts';

/** Where the issuer's documents are on the API's port. */
export const ISSUER_PATH = '/.issuer';

/** The app client that local tokens are for: what the template's Cognito user pool client resolves to. */
export const CLIENT_ID = 'jobdeck-local';

export function issuerUrl(port: number): string {
  return `http://${LOOPBACK}:${port}${ISSUER_PATH}`;
}

export function jwksUri(port: number): string {
  return `${issuerUrl(port)}/.well-known/jwks.json`;
}
