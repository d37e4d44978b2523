import { LOOPBACK } from '../support/http.ts';

/** Path of the issuer on the API's port. */
export const ISSUER_PATH = '/.issuer';

/** Client id of local tokens. The template's Cognito user pool client resolves to it. */
export const CLIENT_ID = 'jobdeck-local';

export function issuerUrl(port: number): string {
  return `http://${LOOPBACK}:${port}${ISSUER_PATH}`;
}

export function jwksUri(port: number): string {
  return `${issuerUrl(port)}/.well-known/jwks.json`;
}
