/** PKCE (RFC 7636): binds an authorization code to the page that requested it. */

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** Returns 256 random bits in base64url. */
export const randomText = (): string => base64Url(crypto.getRandomValues(new Uint8Array(32)));

export async function createChallenge(verifier: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}
