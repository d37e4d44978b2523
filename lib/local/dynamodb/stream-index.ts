import { DatabaseSync, type StatementSync } from 'node:sqlite';

/**
 * Looks up new stream records in dynoxide's database. Takes some 30 µs; a `GetRecords` request takes over a millisecond of
 * CPU.
 */
export class StreamIndex {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;

  /** @param file SQLite file of dynoxide, which has opened it */
  constructor(file: string) {
    // No timeout: the wait for a lock would block this process, whose requests may be what the lock waits for.
    this.#database = new DatabaseSync(file, { readOnly: true });
    // The expression is that of the index which `indexStreams` creates.
    this.#find = this.#database.prepare(
      'SELECT 1 FROM _stream_records WHERE table_name = ? AND CAST(sequence_number AS INTEGER) > ? LIMIT 1',
    );
  }

  /** @returns whether the stream of the table has records after the sequence number; `true` if the lookup fails */
  hasRecordsAfter(table: string, sequenceNumber: string): boolean {
    try {
      return this.#find.get(table, BigInt(sequenceNumber)) !== undefined;
    } catch {
      return true;
    }
  }

  close(): void {
    this.#database.close();
  }
}
