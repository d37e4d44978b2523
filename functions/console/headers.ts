import type { ConsoleConfig } from './config.ts';

/** Hashed files never change; all others are revalidated on each request. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
export const REVALIDATE = 'no-cache';

/** Returns the headers of all responses. */
export function securityHeaders({ signIn }: ConsoleConfig): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy(signIn ? [new URL(signIn.tokenEndpoint).origin] : []),
    'strict-transport-security': 'max-age=31536000',
    'x-content-type-options': 'nosniff',
    // The URL contains the authorization code during the sign-in.
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  };
}

/** Forbids inline scripts and styles, resources of other origins, and framing. */
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
