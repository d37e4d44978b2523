import { createHash } from 'node:crypto';

/** What was decided, in its order: the same for the same seed. */
export class Trace {
  readonly lines: string[] = [];
  readonly #since: number;

  constructor(since = Date.UTC(2031, 4, 6, 10, 0, 0)) {
    this.#since = since;
  }

  note(now: number, text: string): void {
    this.lines.push(`${((now - this.#since) / 1_000).toFixed(3)} ${text}`);
  }

  /** Tells traces apart. */
  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16);
  }
}
