import { DAY_MS } from './timing.ts';

/** How long a secret stays valid after another took its place: time for receivers to learn the new one. */
export const ROTATION_OVERLAP_MS = DAY_MS;

/** Secrets that are kept after they were replaced: each is one more signature on every request. */
const MAX_FORMER_SECRETS = 5;

/** A secret that requests are signed with; `until` is null of the current one, else when it ends (ISO 8601). */
export interface SigningSecret {
  readonly secret: string;
  readonly until: string | null;
}

/**
 * Secrets as they are kept, in one text so that they change together: `whsec_… whsec_…@2026-03-02T01:03:00.000Z`. The
 * current one comes first, the others newest first.
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

/** Those that are good now, the current one first. */
export function validSecrets(secrets: readonly SigningSecret[], now: number): readonly string[] {
  return secrets.filter(({ until }) => until === null || Date.parse(until) > now).map(({ secret }) => secret);
}

/** What is kept once `fresh` has taken the current one's place. */
export function rotateSecrets(secrets: readonly SigningSecret[], fresh: string, now: number): readonly SigningSecret[] {
  const until = new Date(now + ROTATION_OVERLAP_MS).toISOString();
  const former = secrets
    .map((one) => ({ ...one, until: one.until ?? until }))
    .filter((one) => Date.parse(one.until) > now);
  return [{ secret: fresh, until: null }, ...former.slice(0, MAX_FORMER_SECRETS)];
}
