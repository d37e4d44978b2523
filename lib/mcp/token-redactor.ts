/** Shortest part of a token that is masked where a text begins or ends in the middle of the token. */
const MIN_PART = 12;
/** Milliseconds for which a token is remembered after its last use: tokens of the local system expire after an hour. */
const REMEMBERED_MS = 3_600_000;

/** Masks the tokens of a process in texts that others wrote. */
export class TokenRedactor {
  /** Epoch milliseconds of the last use, by token. */
  readonly #lastUse = new Map<string, number>();

  /** Remembers a token. A text with fewer than 12 characters is no token. */
  remember(token: string, now: number): void {
    for (const [other, lastUse] of this.#lastUse) if (lastUse + REMEMBERED_MS < now) this.#lastUse.delete(other);
    if (token.length >= MIN_PART) this.#lastUse.set(token, now);
  }

  /**
   * Returns the text with a mask for each token, and for the part of a token with which the text begins or ends. A mask
   * is as long as what it replaces, so that positions in the text remain valid.
   */
  redact(text: string): string {
    let redacted = text;
    for (const token of this.#lastUse.keys()) redacted = maskToken(redacted, token);
    return redacted;
  }

  /** Returns a copy of a JSON value with all its texts and field names redacted. */
  redactJson(value: unknown): unknown {
    if (typeof value === 'string') return this.redact(value);
    if (Array.isArray(value)) return value.map((item) => this.redactJson(item));
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).map(([name, field]) => [this.redact(name), this.redactJson(field)]);
    return Object.fromEntries(fields) as unknown;
  }
}

function maskToken(text: string, token: string): string {
  if (text.length < MIN_PART) return text;
  const masked = text.replaceAll(token, maskOf(token.length));
  const head = leadingPart(masked, token);
  const tail = trailingPart(masked, token);
  return maskOf(head) + masked.slice(head, masked.length - tail) + maskOf(tail);
}

/** Returns the length of the end of the token with which the text begins. */
function leadingPart(text: string, token: string): number {
  const end = text.slice(0, token.length - 1).lastIndexOf(token.slice(-MIN_PART)) + MIN_PART;
  return end >= MIN_PART && token.endsWith(text.slice(0, end)) ? end : 0;
}

/** Returns the length of the start of the token with which the text ends. */
function trailingPart(text: string, token: string): number {
  const rest = text.slice(-(token.length - 1));
  const start = rest.indexOf(token.slice(0, MIN_PART));
  return start >= 0 && token.startsWith(rest.slice(start)) ? rest.length - start : 0;
}

const maskOf = (length: number): string => (length === 0 ? '' : '[token]'.padEnd(length, '*'));
