import { InvalidInput } from './errors.ts';
import { isUlid } from './run-id.ts';
import type { Envelope } from './secret.ts';
import type { TenantId } from './tenant.ts';
import { DAY_MS } from './timing.ts';

/** The ways in which senders sign their requests (`hook-signature.ts`). */
export const HOOK_SCHEMES = ['none', 'standard', 'github', 'stripe', 'slack'] as const;
export type HookScheme = (typeof HOOK_SCHEMES)[number];

/** Maximum number of hooks of a tenant. */
export const MAX_HOOKS = 100;

/** Name of a hook, which code refers to. */
export const HOOK_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
export const HOOK_NAME_RULE = '1–64 characters of a–z, 0–9 and -, not starting with -';
/** Maximum length of `managedBy` in characters. */
export const MAX_MANAGER_LENGTH = 64;
/** Maximum length of a description in characters. */
export const MAX_HOOK_DESCRIPTION_LENGTH = 500;

/** Default and maximum time for which a replaced token stays valid, in seconds. */
export const DEFAULT_OVERLAP_S = DAY_MS / 1_000;
export const MAX_OVERLAP_S = (7 * DAY_MS) / 1_000;

/** An inbound webhook: requests to its URL start runs of a job. Only hashes of its tokens are stored. */
export interface Hook {
  readonly tenant: TenantId;
  /** ULID: hooks sort by creation time. */
  readonly id: string;
  /** Name by which code refers to the hook, one hook each; null if it has none. A hook is named once. */
  readonly name: string | null;
  /** Name of the project that declares the hook; null if it is not declared in code. */
  readonly managedBy: string | null;
  /** Id of the job whose runs it starts. */
  readonly job: string;
  readonly scheme: HookScheme;
  readonly description: string | null;
  readonly enabled: boolean;
  /** `hashToken` of the token in the URL. */
  readonly tokenHash: string;
  /** The token before the last rotation, with the end of its validity (ISO 8601). */
  readonly former: { readonly tokenHash: string; readonly until: string } | null;
  /** The secret of the signatures, encrypted; null if there is none. */
  readonly secret: Envelope | null;
  readonly createdAt: string;
  /** Name of the caller who created the hook. */
  readonly createdBy: string;
}

export const isHookId = (id: string): boolean => isUlid(id);

/** Returns the tag of the runs that a hook starts. */
export const hookTag = (id: string): string => `hook:${id}`;

/** @returns whether the hook accepts requests with a token */
export function acceptsToken({ enabled, tokenHash, former }: Hook, hash: string, now: number): boolean {
  if (/* guard: hook.disabled */ !enabled) return false;
  if (hash === tokenHash) return true;
  return hash === former?.tokenHash && /* guard: hook.former-token */ now < Date.parse(former.until);
}

/** Returns the hook with a new token. The current one stays valid for `overlapMs`; one that it replaced before ends. */
export function rotateToken(hook: Hook, tokenHash: string, overlapMs: number, now: number): Hook {
  const former = { tokenHash: hook.tokenHash, until: new Date(now + overlapMs).toISOString() };
  return { ...hook, tokenHash, former: overlapMs > 0 ? former : null };
}

/** Maximum size of a secret in bytes (UTF-8). */
const MAX_SECRET_BYTES = 4_096;

/**
 * Validates the secret of the signatures. Errors do not contain it.
 *
 * @throws InvalidInput
 */
export function validateHookSecret(scheme: HookScheme, secret: string | null): void {
  if (scheme === 'none') {
    if (secret !== null) throw new InvalidInput('secret', 'must be absent for the scheme none');
    return;
  }
  if (secret === null) throw new InvalidInput('secret', `is required for the scheme ${scheme}`);
  const bytes = Buffer.byteLength(secret);
  if (bytes < 1 || bytes > MAX_SECRET_BYTES) {
    throw new InvalidInput('secret', `must be text of 1–${MAX_SECRET_BYTES} bytes, got ${bytes}`);
  }
  if (scheme !== 'standard') return;
  if (!STANDARD_SECRET.test(secret)) {
    throw new InvalidInput('secret', 'must be whsec_ with base64, or base64, for the scheme standard');
  }
  const key = standardSecretKey(secret).length;
  if (key < 24 || key > 64) {
    throw new InvalidInput('secret', `must encode 24–64 bytes for the scheme standard, got ${key}`);
  }
}

const STANDARD_SECRET = /^(whsec_)?[A-Za-z0-9+/]+={0,2}$/;

/**
 * Returns the key of a Standard Webhooks secret: `whsec_` and base64.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const standardSecretKey = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
