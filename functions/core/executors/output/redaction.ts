import { formatSecretReference } from '../../domain/secret.ts';

/** Shorter secrets are not redacted, because they match too much text that is not secret. */
const MIN_SECRET_LENGTH = 4;

/**
 * Replaces a run's secrets in its output by their references. Matches the literal value and its JSON-escaped form.
 * Prevents accidental disclosure only: a script can print a secret in another encoding.
 */
export class Redaction {
  readonly #pattern: RegExp;
  readonly #references: ReadonlyMap<string, string>;
  /** Bytes of the longest form, and the first character of each form. */
  readonly #longest: number;
  readonly #firsts: ReadonlySet<string>;

  /** @param secrets values by name */
  constructor(secrets: ReadonlyMap<string, string>) {
    const forms = [...secrets].flatMap(([name, value]) => {
      const escaped = JSON.stringify(value).slice(1, -1);
      return [...new Set([value, escaped])].map(
        (form) => [toBytes(form), toBytes(formatSecretReference(name))] as const,
      );
    });
    // The longer of two forms with a common prefix is matched first.
    const hidden = forms.filter(([form]) => form.length >= MIN_SECRET_LENGTH).sort(([a], [b]) => b.length - a.length);
    this.#references = new Map(hidden);
    this.#longest = hidden[0]?.[0].length ?? 0;
    this.#firsts = new Set(hidden.map(([form]) => form.charAt(0)));
    this.#pattern = new RegExp(hidden.map(([form]) => escapePattern(form)).join('|') || '(?!)', 'g');
  }

  text(text: string): string {
    return fromBytes(this.#hide(toBytes(text))).toString();
  }

  /** Redacts the strings of a JSON value at any depth. Field names stay unchanged. */
  json<Value>(value: Value): Value {
    const hide = (_: string, part: unknown) => (typeof part === 'string' ? this.text(part) : part);
    return JSON.parse(JSON.stringify(value), hide) as Value;
  }

  /** Redacts a stream whose chunks may end within a secret. */
  stream(): RedactedStream {
    let held = '';
    return {
      write: (chunk) => {
        held += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
        const [shown, rest] = this.#settled(held);
        held = rest;
        return fromBytes(shown);
      },
      end: () => fromBytes(this.#hide(held)),
    };
  }

  /**
   * Redacts the part of a text that no later input can change.
   *
   * @returns the redacted part, and the rest, which may start with an incomplete secret
   */
  #settled(text: string): readonly [shown: string, rest: string] {
    let shown = '';
    for (let rest = text; ; ) {
      const open = this.#openFrom(rest);
      let from = 0;
      for (const { 0: form, index } of rest.matchAll(this.#pattern)) {
        if (index >= open) break;
        shown += rest.slice(from, index) + this.#references.get(form);
        from = index + form.length;
      }
      const cut = Math.max(from, open);
      shown += rest.slice(from, cut);
      rest = rest.slice(cut);
      // A match that extends past the open position changes what follows, so the rest is examined again.
      if (from <= open) return [shown, rest];
    }
  }

  /** Returns the index at which an incomplete secret may start at the end of the text, or the text's length. */
  #openFrom(text: string): number {
    for (let at = Math.max(0, text.length - this.#longest + 1); at < text.length; at++) {
      if (!this.#firsts.has(text.charAt(at))) continue;
      const begun = text.slice(at);
      for (const form of this.#references.keys()) {
        if (form.length > begun.length && form.startsWith(begun)) return at;
      }
    }
    return text.length;
  }

  #hide(bytes: string): string {
    return bytes.replace(this.#pattern, (form) => this.#references.get(form) ?? '');
  }
}

export interface RedactedStream {
  /** Returns the redacted bytes that are complete so far. */
  write(chunk: Uint8Array): Uint8Array;
  /** Returns the bytes held back, at the end of the stream. */
  end(): Uint8Array;
}

/** Escapes a text for use in a regular expression. */
const escapePattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** One character per byte of UTF-8: chunks may end within a character. */
const toBytes = (text: string): string => Buffer.from(text).toString('latin1');
const fromBytes = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');
