import { DAY_MS } from './timing.ts';

/** Validity of a replaced secret, in which receivers can adopt the new one. */
export const ROTATION_OVERLAP_MS = DAY_MS;

/** Maximum number of replaced secrets that stay valid. Each adds a signature to every request. */
const MAX_FORMER_SECRETS = 5;

/**
 * A secret that signs requests. `until` is null for the current secret, otherwise the end of its validity (ISO 8601).
 */
export interface SigningSecret {
  readonly secret: string;
  readonly until: string | null;
}

/**
 * Parses the stored form of all secrets: one text, so that they change atomically, for example `whsec_…
 * whsec_…@2026-03-02T01:03:00.000Z`. The current secret comes first, the others follow newest first.
 */
export function parseSigningSecrets(text: string): readonly SigningSecret[] {
  return text.split(' ').map((part) => {
    const [secret = '', until = null] = part.split('@');
    return { secret, until };
  });
}

export function formatSigningSecrets(secrets: readonly SigningSecret[]): string {
  return secrets.map(({ secret, until }) => (until === null ? secret : `${secret}@${until}`)).join(' ');
}

export const currentSecret = ([current]: readonly SigningSecret[]): string => current?.secret ?? '';

/** Returns the currently valid secrets, the current one first. */
export function validSecrets(secrets: readonly SigningSecret[], now: number): readonly string[] {
  return secrets.filter(({ until }) => until === null || Date.parse(until) > now).map(({ secret }) => secret);
}

/** Replaces the current secret by `fresh`. */
export function rotateSecrets(secrets: readonly SigningSecret[], fresh: string, now: number): readonly SigningSecret[] {
  const until = new Date(now + ROTATION_OVERLAP_MS).toISOString();
  const former = secrets
    .map((one) => ({ ...one, until: one.until ?? until }))
    .filter((one) => Date.parse(one.until) > now);
  return [{ secret: fresh, until: null }, ...former.slice(0, MAX_FORMER_SECRETS)];
}
