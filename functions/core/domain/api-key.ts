import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Role } from './access.ts';
import { isUlid } from './run-id.ts';
import { parseTenantId, type TenantId } from './tenant.ts';

/** A credential with which a tenant's programs call the API. Only the hash of its secret is stored. */
export interface ApiKey {
  readonly tenant: TenantId;
  /** ULID: keys sort by creation time. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** `hashApiKey` of the complete key. */
  readonly hash: string;
  readonly createdAt: string;
  /** Name of the caller who created the key. */
  readonly createdBy: string;
  /** Last use, with the resolution `LAST_USE_RESOLUTION_MS`; null if the key was never used. */
  readonly lastUsedAt: string | null;
}

/** Maximum number of API keys of a tenant. */
export const MAX_API_KEYS = 100;

/** Minimum time between two updates of `lastUsedAt`, to avoid a write for each request. */
export const LAST_USE_RESOLUTION_MS = 60 * 60_000;

/** Random bytes in a key's secret: as many as its SHA-256 hash has. */
export const API_KEY_SECRET_BYTES = 32;

const PREFIX = 'jk_';
/** Matches 32 bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;
/** Matches a generation: 1–999,999 without leading zeros. */
const GENERATION = /^[1-9]\d{0,5}$/;

/** Checks whether a bearer token is an API key. No JWT starts with the prefix: a JWT starts with `{"` in base64. */
export const isApiKey = (bearer: string): boolean => bearer.startsWith(PREFIX);

export const isApiKeyId = (id: string): boolean => isUlid(id);

/** The parts of an API key. */
export interface ApiKeyParts {
  readonly tenant: TenantId;
  readonly id: string;
  /** 32 random bytes in base64url. */
  readonly secret: string;
  /** Generation of the stage's MAC key under which the key was issued. */
  readonly generation: number;
}

/** An API key as received. The secret is not verified, and the MAC only by `hasValidMac`. */
export interface ReceivedApiKey {
  readonly tenant: TenantId;
  readonly id: string;
  readonly generation: number;
  /** The text that the MAC authenticates. */
  readonly signed: string;
  readonly mac: string;
}

/**
 * Returns `jk_<tenant>.<id>.<secret>.<generation>.<mac>`. No part can contain a dot.
 *
 * The MAC (HMAC-SHA-256 of the text before it) proves that the stage issued the key. Invented keys are rejected by it
 * before anything is read or a session of the tenant is opened. It does not replace the stored hash, which ends with
 * the key's revocation.
 *
 * @param macKey the stage's MAC key of the generation
 */
export function formatApiKey({ tenant, id, secret, generation }: ApiKeyParts, macKey: Uint8Array): string {
  const signed = `${PREFIX}${tenant}.${id}.${secret}.${generation}`;
  return `${signed}.${macOf(signed, macKey)}`;
}

/** Parses a key, or returns `undefined` if it is malformed. */
export function parseApiKey(key: string): ReceivedApiKey | undefined {
  if (!isApiKey(key)) return undefined;
  const [name, id = '', secret = '', generation = '', mac = '', ...more] = key.slice(PREFIX.length).split('.');
  const tenant = parseTenantId(name);
  if (!tenant || !isUlid(id) || more.length > 0) return undefined;
  if (!SECRET.test(secret) || !GENERATION.test(generation) || !SECRET.test(mac)) return undefined;
  return { tenant, id, generation: Number(generation), signed: key.slice(0, key.lastIndexOf('.')), mac };
}

/** @returns whether the key was issued under `macKey`; takes the same time for every wrong MAC */
export function hasValidMac({ signed, mac }: ReceivedApiKey, macKey: Uint8Array): boolean {
  const [left, right] = [Buffer.from(mac), Buffer.from(macOf(signed, macKey))];
  return left.length === right.length && timingSafeEqual(left, right);
}

const macOf = (signed: string, macKey: Uint8Array): string =>
  createHmac('sha256', macKey).update(signed).digest('base64url');

/** Returns the stored form of a key. An unsalted SHA-256 is sufficient: 32 random bytes cannot be guessed. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
