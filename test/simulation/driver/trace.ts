import { createHash } from 'node:crypto';

/** The decisions of a simulation in order. The same seed produces the same trace. */
export class Trace {
  readonly lines: string[] = [];
  readonly #since: number;

  constructor(since = Date.UTC(2031, 4, 6, 10, 0, 0)) {
    this.#since = since;
  }

  note(now: number, text: string): void {
    this.lines.push(`${((now - this.#since) / 1_000).toFixed(3)} ${text}`);
  }

  /** A short hash that identifies the trace. */
  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16);
  }
}
