import { formatSecretReference } from '../../domain/secret.ts';

/** Shorter values are left alone: they stand in too much that is no secret. */
const MIN_SECRET_LENGTH = 4;

/**
 * Hides the secrets that were put into a run's target, wherever what the run says shows them: as they are, or as JSON
 * writes them. The reference stands in their place. It guards against an echo; whoever means to tell a secret can
 * write it in another form.
 */
export class Redaction {
  readonly #pattern: RegExp;
  readonly #references: ReadonlyMap<string, string>;
  /** Bytes of the longest form, and what the forms begin with. */
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
    // Of two that begin alike the longer one goes first.
    const hidden = forms.filter(([form]) => form.length >= MIN_SECRET_LENGTH).sort(([a], [b]) => b.length - a.length);
    this.#references = new Map(hidden);
    this.#longest = hidden[0]?.[0].length ?? 0;
    this.#firsts = new Set(hidden.map(([form]) => form.charAt(0)));
    this.#pattern = new RegExp(hidden.map(([form]) => escapePattern(form)).join('|') || '(?!)', 'g');
  }

  text(text: string): string {
    return fromBytes(this.#hide(toBytes(text))).toString();
  }

  /** The strings of a JSON value, at any depth; the names of its fields stay. */
  json<Value>(value: Value): Value {
    const hide = (_: string, part: unknown) => (typeof part === 'string' ? this.text(part) : part);
    return JSON.parse(JSON.stringify(value), hide) as Value;
  }

  /** For a stream that comes in chunks, which may end within a secret. */
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

  /** What of a text stands whatever follows it, with its secrets hidden; and its rest, with which one may begin. */
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
      // A secret that reached beyond took away what was open: what follows it is looked at anew.
      if (from <= open) return [shown, rest];
    }
  }

  /** Where a secret may begin that the text ends in the middle of; its length when there is none. */
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
  /** What can be shown by now. */
  write(chunk: Uint8Array): Uint8Array;
  /** What was held back; the stream is over. */
  end(): Uint8Array;
}

/** A pattern that is found where `text` stands. */
const escapePattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** One character a byte of its UTF-8: chunks end anywhere, and secrets only at characters. */
const toBytes = (text: string): string => Buffer.from(text).toString('latin1');
const fromBytes = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');
