import type { ConsoleConfig } from './config.ts';

/** Hashed files never change; everything else is asked for again each time. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
export const REVALIDATE = 'no-cache';

/** The headers of every answer of the page. */
export function securityHeaders({ signIn }: ConsoleConfig): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy(signIn ? [new URL(signIn.tokenEndpoint).origin] : []),
    'strict-transport-security': 'max-age=31536000',
    'x-content-type-options': 'nosniff',
    // The URL holds the authorization code for a moment.
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  };
}

/** No inline script or style, nothing from elsewhere, and no page that frames this one. */
function contentSecurityPolicy(issuers: readonly string[]): string {
  const directives = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'", ...issuers],
    'form-action': ["'self'", ...issuers],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(' '))
    .join('; ');
}
