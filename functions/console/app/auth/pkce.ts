/** RFC 7636: what binds an authorization code to the page that asked for it. */

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** Text that nobody can guess. */
export const randomText = (): string => base64Url(crypto.getRandomValues(new Uint8Array(32)));

export async function createChallenge(verifier: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}
