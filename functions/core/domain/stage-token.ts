import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { isUlid } from './run-id.ts';
import { parseTenantId, type TenantId } from './tenant.ts';

/** Random bytes in a token's secret: as many as its SHA-256 hash has. */
export const TOKEN_SECRET_BYTES = 32;

/** Prefixes of tokens by kind. The MAC covers the prefix, so that a token of one kind is never valid as another. */
const PREFIXES = { apiKey: 'jk_', hook: 'hk_' } as const;
export type TokenKind = keyof typeof PREFIXES;

/** Matches 32 bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;
/** Matches a generation: 1–999,999 without leading zeros. */
const GENERATION = /^[1-9]\d{0,5}$/;

/** The parts of a token that the stage issues: an API key, or the token in the URL of a hook. */
export interface TokenParts {
  readonly tenant: TenantId;
  readonly id: string;
  /** 32 random bytes in base64url. */
  readonly secret: string;
  /** Generation of the stage's MAC key under which the token was issued. */
  readonly generation: number;
}

/** A token as received. The secret is not verified, and the MAC only by `hasValidMac`. */
export interface ReceivedToken {
  readonly tenant: TenantId;
  readonly id: string;
  readonly generation: number;
  /** The text that the MAC authenticates. */
  readonly signed: string;
  readonly mac: string;
}

/** @returns whether a text has the prefix of a kind of token */
export const hasTokenPrefix = (kind: TokenKind, text: string): boolean => text.startsWith(PREFIXES[kind]);

/**
 * Returns `<prefix><tenant>.<id>.<secret>.<generation>.<mac>`. No part can contain a dot.
 *
 * The MAC (HMAC-SHA-256 of the text before it) proves that the stage issued the token. Invented tokens are rejected by it
 * before anything is read or a session of the tenant is opened. It does not replace the stored hash, which ends with
 * the token's revocation.
 *
 * @param macKey the stage's MAC key of the generation
 */
export function formatToken(
  kind: TokenKind,
  { tenant, id, secret, generation }: TokenParts,
  macKey: Uint8Array,
): string {
  const signed = `${PREFIXES[kind]}${tenant}.${id}.${secret}.${generation}`;
  return `${signed}.${macOf(signed, macKey)}`;
}

/** Parses a token, or returns `undefined` if it is malformed or of another kind. */
export function parseToken(kind: TokenKind, text: string): ReceivedToken | undefined {
  if (!hasTokenPrefix(kind, text)) return undefined;
  const [name, id = '', secret = '', generation = '', mac = '', ...more] = text.slice(PREFIXES[kind].length).split('.');
  const tenant = parseTenantId(name);
  if (!tenant || !isUlid(id) || more.length > 0) return undefined;
  if (!SECRET.test(secret) || !GENERATION.test(generation) || !SECRET.test(mac)) return undefined;
  return { tenant, id, generation: Number(generation), signed: text.slice(0, text.lastIndexOf('.')), mac };
}

/** @returns whether the token was issued under `macKey`; takes the same time for every wrong MAC */
export function hasValidMac({ signed, mac }: ReceivedToken, macKey: Uint8Array): boolean {
  return isSameText(mac, macOf(signed, macKey));
}

const macOf = (signed: string, macKey: Uint8Array): string =>
  createHmac('sha256', macKey).update(signed).digest('base64url');

/** Returns the stored form of a token. An unsalted SHA-256 is sufficient: 32 random bytes cannot be guessed. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Compares two texts in a time that depends on their lengths only. */
export function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
